"""What the portal shows of the mailroom. Every question names the mailboxes it may ask about."""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING

from hinomi.store.database import connect, is_made
from hinomi.store.log.chunks import moment_of
from hinomi.store.mailroom.rows import (
    FILE,
    MAIL_COLUMNS,
    PIECE_COLUMNS,
    KeptMail,
    KeptPiece,
    Look,
    mail_of,
    piece_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from sqlite3 import Connection
    from types import TracebackType
    from typing import Self

    from hinomi.core.mail import MailState

_UNREAD_MOST = 32 * 1024 * 1024  # of a body, opened: no mail we keep is larger


class MailRoomReader:
    """Open DATA's mailroom for reading; FileNotFoundError when collect never made one.

    Answers hold what belongs to the given `mailboxes` only: pass those of the firm that asks.
    """

    def __init__(self, data: Path, *, connection: Connection | None = None) -> None:
        self._connection = connection or connect(data / FILE, read_only=True)
        self._lock = threading.RLock()

    def mails(
        self, *, mailboxes: Collection[str], states: Collection[MailState], limit: int = 200
    ) -> list[KeptMail]:
        """Newest first, of these states."""
        if not mailboxes or not states:
            return []
        return self._mails(
            f"WHERE mailbox IN ({_marks(mailboxes)}) AND state IN ({_marks(states)})"
            " ORDER BY id DESC LIMIT ?",
            (*mailboxes, *[state.value for state in states], limit),
        )

    def mail(self, id_: str, *, mailboxes: Collection[str]) -> KeptMail | None:
        """One mail, None when it is not of these mailboxes."""
        if not mailboxes:
            return None
        where = f"WHERE id = ? AND mailbox IN ({_marks(mailboxes)})"
        found = self._mails(where, (id_, *mailboxes))
        return found[0] if found else None

    def pieces(self, id_: str, *, mailboxes: Collection[str]) -> list[KeptPiece]:
        """The pieces of one mail in their order; none for mails never cut (held, unreadable)."""
        if self.mail(id_, mailboxes=mailboxes) is None:
            return []
        return self._pieces("WHERE mail = ? ORDER BY number", (id_,))

    def waiting_pieces(self, *, mailboxes: Collection[str], limit: int = 2_000) -> list[KeptPiece]:
        """Every piece that waits for a person, newest mail first: group them by their claims, one
        answer routes all of a group."""
        if not mailboxes:
            return []
        return self._pieces(
            "WHERE state = 'waiting' AND mail IN (SELECT id FROM mails WHERE mailbox IN"  # noqa: S608
            f" ({_marks(mailboxes)})) ORDER BY mail DESC, number LIMIT ?",
            (*mailboxes, limit),
        )

    def body(self, id_: str, *, mailboxes: Collection[str]) -> bytes | None:
        """The whole mail as it came, None when it is no longer kept or not of these mailboxes."""
        return None if self.mail(id_, mailboxes=mailboxes) is None else self._body(id_)

    def looks(self, *, mailboxes: Collection[str]) -> list[Look]:
        """How fetching goes, one per mailbox that was looked into."""
        if not mailboxes:
            return []
        with self._lock:
            rows = self._connection.execute(
                "SELECT mailbox, at_us, well_at_us, trouble, failures, fetched FROM looks"  # noqa: S608
                f" WHERE mailbox IN ({_marks(mailboxes)})",
                tuple(mailboxes),
            ).fetchall()
        return [
            Look(name, moment_of(at), moment_of(well) if well else None, why, failed, fetched)
            for name, at, well, why, failed, fetched in rows
        ]

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _mails(self, rest: str, values: Sequence[object]) -> list[KeptMail]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {MAIL_COLUMNS} FROM mails {rest}",  # noqa: S608
                tuple(values),
            ).fetchall()
        return [mail_of(row) for row in rows]

    def _pieces(self, rest: str, values: Sequence[object]) -> list[KeptPiece]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {PIECE_COLUMNS} FROM pieces {rest}",  # noqa: S608
                tuple(values),
            ).fetchall()
        return [piece_of(row) for row in rows]

    def _body(self, id_: str) -> bytes | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM bodies WHERE mail = ?", (id_,)
            ).fetchone()
        return zlib.decompressobj().decompress(bytes(row[0]), _UNREAD_MOST) if row else None


def is_mailroom_made(data: Path) -> bool:
    """Whether collect ever opened a mailroom here."""
    return is_made(data / FILE)


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
