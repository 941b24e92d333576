"""What the portal shows of the mailroom. Every question names the mailboxes it may ask about."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from hinomi.core.mail import MailReason
from hinomi.store.database import is_made
from hinomi.store.log.chunks import microseconds, moment_of
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
from hinomi.store.reader import StoreReader, marks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path
    from sqlite3 import Connection

    from hinomi.core.mail import MailState

_UNREAD_MOST = 32 * 1024 * 1024  # of a body, opened: no mail we keep is larger


class MailRoomReader(StoreReader):
    """Open DATA's mailroom for reading; FileNotFoundError when collect never made one.

    Answers hold what belongs to the given `mailboxes` only: pass those of the firm that asks.
    """

    def __init__(self, data: Path, *, connection: Connection | None = None) -> None:
        super().__init__(data / FILE, connection=connection)

    def mails(
        self, *, mailboxes: Collection[str], states: Collection[MailState], limit: int = 200
    ) -> list[KeptMail]:
        """Newest first, of these states."""
        if not mailboxes or not states:
            return []
        return self._mails(
            f"WHERE mailbox IN ({marks(mailboxes)}) AND state IN ({marks(states)})"
            " ORDER BY id DESC LIMIT ?",
            (*mailboxes, *[state.value for state in states], limit),
        )

    def mail(self, id_: str, *, mailboxes: Collection[str]) -> KeptMail | None:
        """One mail, None when it is not of these mailboxes."""
        if not mailboxes:
            return None
        where = f"WHERE id = ? AND mailbox IN ({marks(mailboxes)})"
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
            f" ({marks(mailboxes)})) ORDER BY mail DESC, number LIMIT ?",
            (*mailboxes, limit),
        )

    def body(self, id_: str, *, mailboxes: Collection[str]) -> bytes | None:
        """The whole mail as it came, None when it is no longer kept or not of these mailboxes."""
        return None if self.mail(id_, mailboxes=mailboxes) is None else self._body(id_)

    def refused(self, *, mailboxes: Collection[str], since: datetime) -> int:
        """How many mails that came since then tell of a company that had not agreed: what they told
        of it was erased."""
        if not mailboxes:
            return 0
        rows = self._rows(
            "SELECT count(DISTINCT mail) FROM pieces WHERE reason = ? AND mail IN (SELECT id"  # noqa: S608
            f" FROM mails WHERE mailbox IN ({marks(mailboxes)}) AND arrived_us >= ?)",
            (MailReason.NO_CONSENT.value, *mailboxes, microseconds(since)),
        )
        return int(rows[0][0])

    def looks(self, *, mailboxes: Collection[str]) -> list[Look]:
        """How fetching goes, one per mailbox that was looked into."""
        if not mailboxes:
            return []
        rows = self._rows(
            "SELECT mailbox, at_us, well_at_us, trouble, failures, fetched FROM looks"  # noqa: S608
            f" WHERE mailbox IN ({marks(mailboxes)})",
            tuple(mailboxes),
        )
        return [
            Look(name, moment_of(at), moment_of(well) if well else None, why, failed, fetched)
            for name, at, well, why, failed, fetched in rows
        ]

    def _mails(self, rest: str, values: Sequence[object]) -> list[KeptMail]:
        rows = self._rows(f"SELECT {MAIL_COLUMNS} FROM mails {rest}", values)  # noqa: S608
        return [mail_of(row) for row in rows]

    def _pieces(self, rest: str, values: Sequence[object]) -> list[KeptPiece]:
        rows = self._rows(f"SELECT {PIECE_COLUMNS} FROM pieces {rest}", values)  # noqa: S608
        return [piece_of(row) for row in rows]

    def _body(self, id_: str) -> bytes | None:
        rows = self._rows("SELECT body FROM bodies WHERE mail = ?", (id_,))
        return zlib.decompressobj().decompress(bytes(rows[0][0]), _UNREAD_MOST) if rows else None


def is_mailroom_made(data: Path) -> bool:
    """Whether collect ever opened a mailroom here."""
    return is_made(data / FILE)
