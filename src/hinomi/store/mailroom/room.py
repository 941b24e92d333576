"""The writing end of the mailroom; collect's alone. Every method is one transaction.

A mail is durable when `keep` returns: only then may a server be told 250 or a cursor move.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.ids import ulid
from hinomi.core.mail import MailReason, MailState
from hinomi.store.database import connect
from hinomi.store.log.chunks import microseconds, moment_of
from hinomi.store.mailroom.reader import MailRoomReader
from hinomi.store.mailroom.rows import FILE, Cursor, KeptMail, KeptPiece, Outcome, as_json, head_of
from hinomi.store.sqlite import migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from sqlite3 import Connection

    from hinomi.core.mail import Piece
    from hinomi.store.mailroom.rows import Settled

BODY_KEPT = timedelta(days=14)  # after the mail needs nobody any more
HELD_KEPT = timedelta(days=90)
_SIGNED = '%"signed_by":["%'  # as `as_json` writes a head that somebody signed
ROW_KEPT = timedelta(days=400)  # a repeat is recognised that long


class MailRoom(MailRoomReader):
    """Open (and make or upgrade) DATA's mailroom. May be used by several threads."""

    def __init__(self, data: Path) -> None:
        connection = connect(data / FILE)
        migrate(connection, store="mailroom")
        super().__init__(data, connection=connection)

    def keep(
        self,
        body: bytes,
        *,
        mailbox: str,
        digest: str,
        at: datetime,
        recipient: str = "",
        cursor: Cursor | None = None,
        is_to_move: bool = False,
        reason: MailReason | None = None,
    ) -> str:
        """Make a mail durable; its id, also of the earlier one when this is a repeat.

        With `cursor`: together with how far the folder is fetched now. `reason`: what is known to
        be wrong with it already (too large: `body` is its head only).
        """
        packed = zlib.compress(body, 6)
        with self._lock, transaction(self._connection) as connection:
            id_ = self._known(connection, mailbox, digest)
            if id_ is None:
                id_ = ulid(time_ms=int(at.timestamp() * 1000))
                connection.execute(
                    "INSERT INTO mails (id, mailbox, digest, arrived_us, changed_us, recipient,"
                    " size_bytes, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (id_, mailbox, digest, microseconds(at), microseconds(at), recipient,
                     len(body), MailState.ARRIVED.value, reason or ""),
                )  # fmt: skip
                connection.execute("INSERT INTO bodies (mail, body) VALUES (?, ?)", (id_, packed))
            if cursor is not None:
                _move_cursor(connection, mailbox, cursor)
                if is_to_move:
                    connection.execute(
                        "INSERT INTO to_move (mailbox, uid_validity, uid) VALUES (?, ?, ?)"
                        " ON CONFLICT (mailbox, uid_validity, uid) DO NOTHING",
                        (mailbox, cursor.uid_validity, cursor.uid),
                    )
            crash.point("mail:before-kept")
        crash.point("mail:after-kept")
        return id_

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far the mailbox is fetched."""
        with self._lock:
            row = self._connection.execute(
                "SELECT folder, uid_validity, uid, caught_up_us FROM cursors WHERE mailbox = ?",
                (mailbox,),
            ).fetchone()
        return Cursor(row[0], row[1], row[2], moment_of(row[3])) if row else None

    def move_cursor(self, mailbox: str, *, cursor: Cursor) -> None:
        """Without a mail: everything up to there was fetched before, or there was nothing."""
        with self._lock, transaction(self._connection) as connection:
            _move_cursor(connection, mailbox, cursor)

    def to_move(self, mailbox: str, *, uid_validity: int) -> list[int]:
        """Fetched messages that still lie in the folder; those of an older numbering are lost
        track of and stay where they are."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT uid FROM to_move WHERE mailbox = ? AND uid_validity = ? ORDER BY uid",
                (mailbox, uid_validity),
            ).fetchall()
        return [int(uid) for (uid,) in rows]

    def moved(self, mailbox: str, *, uid_validity: int, uids: Iterable[int]) -> None:
        """They lie in the folder for done mails now."""
        with self._lock, transaction(self._connection) as connection:
            connection.executemany(
                "DELETE FROM to_move WHERE mailbox = ? AND uid_validity = ? AND uid = ?",
                [(mailbox, uid_validity, uid) for uid in uids],
            )

    def looked(self, mailbox: str, *, at: datetime, trouble: str, fetched: int) -> None:
        """Note how a look went; `fetched` mails were new."""
        well, failed = (microseconds(at), 0) if not trouble else (0, 1)
        with self._lock, transaction(self._connection) as connection:
            connection.execute(
                "INSERT INTO looks (mailbox, at_us, well_at_us, trouble, failures, fetched)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (mailbox) DO UPDATE SET"
                " at_us = excluded.at_us, trouble = excluded.trouble,"
                " well_at_us = CASE WHEN excluded.trouble = '' THEN excluded.at_us"
                " ELSE looks.well_at_us END,"
                " failures = CASE WHEN excluded.trouble = '' THEN 0 ELSE looks.failures + 1 END,"
                " fetched = looks.fetched + excluded.fetched",
                (mailbox, microseconds(at), well, trouble[:500], failed, fetched),
            )

    def arrived(self, *, limit: int) -> list[KeptMail]:
        """Mails nobody has looked at, oldest first."""
        return self._mails("WHERE state = 'arrived' ORDER BY id LIMIT ?", (limit,))

    def unsettled(self, *, generation: int, limit: int) -> list[KeptMail]:
        """Held and waiting mails last judged by another directory than this, oldest first."""
        return self._mails(
            "WHERE state IN ('held', 'waiting') AND generation <> ? ORDER BY id LIMIT ?",
            (generation, limit),
        )

    def unsigned(self, *, before: datetime, limit: int) -> list[KeptMail]:
        """Held mails whose signature could not be checked, last tried before then."""
        return self._mails(
            "WHERE state = 'held' AND reason = ? AND changed_us < ? ORDER BY id LIMIT ?",
            (MailReason.SIGNATURE_LATER.value, microseconds(before), limit),
        )

    def body_of(self, id_: str) -> bytes | None:
        """The whole mail; None when it is no longer kept."""
        return self._body(id_)

    def waiting_of(self, id_: str) -> list[KeptPiece]:
        """The pieces of one mail that have not reached anybody."""
        return self._pieces("WHERE mail = ? AND state = 'waiting' ORDER BY number", (id_,))

    def died_reading(self, id_: str) -> int:
        """Note that its reader died over this mail; how often that happened."""
        with self._lock, transaction(self._connection) as connection:
            connection.execute("UPDATE mails SET attempts = attempts + 1 WHERE id = ?", (id_,))
            row = connection.execute("SELECT attempts FROM mails WHERE id = ?", (id_,)).fetchone()
        return int(row[0])

    def judge(self, id_: str, *, outcome: Outcome, at: datetime) -> None:
        """What a look at a whole mail found (held, put away, unreadable)."""
        with self._lock, transaction(self._connection) as connection:
            _judge(connection, id_, outcome, at)

    def still_held(self, ids: Sequence[str], *, generation: int) -> None:
        """The new directory changed nothing for these."""
        if not ids:
            return
        with self._lock, transaction(self._connection) as connection:
            connection.executemany(
                "UPDATE mails SET generation = ? WHERE id = ? AND state = 'held'",
                [(generation, id_) for id_ in ids],
            )

    def cut(self, id_: str, *, pieces: Sequence[Piece], outcome: Outcome, at: datetime) -> None:
        """Keep the pieces of a mail before any of them is delivered: their numbers never change
        again, so that no later reading can deliver one twice."""
        rows = [
            (id_, each.number, each.kind.value, each.summary, as_json(each.claims), each.raw)
            for each in pieces
        ]
        with self._lock, transaction(self._connection) as connection:
            if connection.execute("SELECT 1 FROM pieces WHERE mail = ?", (id_,)).fetchone():
                return
            connection.executemany(
                "INSERT INTO pieces (mail, number, kind, summary, claims, raw, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
                rows,
            )
            _judge(connection, id_, outcome, at)
        crash.point("mail:after-cut")

    def settle(
        self, id_: str, *, settled: Iterable[Settled], generation: int, at: datetime
    ) -> MailState:
        """What became of pieces of a mail; the mail's own state follows from all of them. Of what
        its company had not agreed to nothing is kept but that it came."""
        settled = list(settled)
        refused = [one.number for one in settled if one.reason is MailReason.NO_CONSENT]
        rows = [
            (one.state.value, one.reason or "", one.source, one.organisation, id_, one.number)
            for one in settled
        ]
        with self._lock, transaction(self._connection) as connection:
            connection.executemany(
                "UPDATE pieces SET state = ?, reason = ?, source = ?, organisation = ?"
                " WHERE mail = ? AND number = ? AND state = 'waiting'",
                rows,
            )
            if refused:
                _erase(connection, id_, refused)
            state, reason = _sum_up(connection, id_)
            crash.point("mail:before-settled")
            _judge(connection, id_, Outcome(state, generation, reason=reason), at)
        return state

    def tidy(self, *, now: datetime) -> int:
        """Forget bodies and pieces of settled mails after 14 days, rows after 400; bodies gone.

        A mail whose sender nobody accepted in 90 days is settled: most are advertisements.
        """
        body_us, row_us = microseconds(now - BODY_KEPT), microseconds(now - ROW_KEPT)
        settled = "state IN ('delivered', 'put_away') AND changed_us < ?"
        with self._lock, transaction(self._connection) as connection:
            connection.execute(
                "UPDATE mails SET state = 'put_away' WHERE state = 'held' AND arrived_us < ?",
                (microseconds(now - HELD_KEPT),),
            )
            gone = connection.execute(
                f"DELETE FROM bodies WHERE mail IN (SELECT id FROM mails WHERE {settled})",  # noqa: S608
                (body_us,),
            ).rowcount
            connection.execute(
                f"DELETE FROM pieces WHERE mail IN (SELECT id FROM mails WHERE {settled})",  # noqa: S608
                (body_us,),
            )
            connection.execute(f"DELETE FROM mails WHERE {settled}", (row_us,))  # noqa: S608
        return int(gone)

    def shed_strangers(self, *, most_bytes: int, at: datetime) -> int:
        """Forget the oldest bodies of mails that nobody signed and nobody accepted, beyond this
        size together; how many. Anybody can send those: they must not fill the room for others."""
        with self._lock, transaction(self._connection) as connection:
            rows = connection.execute(
                "SELECT mails.id, length(bodies.body) FROM mails JOIN bodies ON bodies.mail ="
                " mails.id WHERE mails.state = 'held' AND mails.reason IN (?, ?)"
                " AND mails.head NOT LIKE ? ORDER BY mails.id DESC",
                (MailReason.UNKNOWN_SENDER.value, MailReason.NOT_SIGNED.value, _SIGNED),
            ).fetchall()
            left, gone = most_bytes, []
            for id_, size in rows:
                left -= int(size)
                if left < 0:
                    gone.append((id_,))
            connection.executemany("DELETE FROM bodies WHERE mail = ?", gone)
            connection.executemany(
                "UPDATE mails SET state = 'put_away', changed_us = ? WHERE id = ?",
                [(microseconds(at), id_) for (id_,) in gone],
            )
        return len(gone)

    def kept_bytes(self) -> int:
        """What all bodies take, compressed."""
        with self._lock:
            row = self._connection.execute(
                "SELECT coalesce(sum(length(body)), 0) FROM bodies"
            ).fetchone()
        return int(row[0])

    def _known(self, connection: Connection, mailbox: str, digest: str) -> str | None:
        row = connection.execute(
            "SELECT id FROM mails WHERE mailbox = ? AND digest = ?", (mailbox, digest)
        ).fetchone()
        return str(row[0]) if row else None


def _move_cursor(connection: Connection, mailbox: str, cursor: Cursor) -> None:
    connection.execute(
        "INSERT INTO cursors (mailbox, folder, uid_validity, uid, caught_up_us)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (mailbox) DO UPDATE SET folder = excluded.folder,"
        " uid_validity = excluded.uid_validity, uid = excluded.uid,"
        " caught_up_us = excluded.caught_up_us",
        (mailbox, cursor.folder, cursor.uid_validity, cursor.uid,
         microseconds(cursor.caught_up_at)),
    )  # fmt: skip


def _judge(connection: Connection, id_: str, outcome: Outcome, at: datetime) -> None:
    """Format and head stay when this look did not read them again."""
    head = outcome.head
    connection.execute(
        "UPDATE mails SET state = ?, generation = ?, reason = ?, detail = ?, changed_us = ?,"
        " attempts = 0 WHERE id = ?",
        (outcome.state.value, outcome.generation, outcome.reason or "", outcome.detail[:500],
         microseconds(at), id_),
    )  # fmt: skip
    if outcome.format:
        connection.execute("UPDATE mails SET format = ? WHERE id = ?", (outcome.format, id_))
    if head is not None:
        connection.execute(
            "UPDATE mails SET head = ?, sender = ?, subject = ? WHERE id = ?",
            (as_json(head), head.sender, head.subject, id_),
        )


def _erase(connection: Connection, id_: str, refused: Sequence[int]) -> None:
    """The pieces' content and the whole mail, which holds it too; its subject where nobody else
    has a piece in it."""
    connection.executemany(
        "UPDATE pieces SET summary = '', claims = '[]', raw = ? WHERE mail = ? AND number = ?",
        [(b"", id_, number) for number in refused],
    )
    connection.execute("DELETE FROM bodies WHERE mail = ?", (id_,))
    others = "SELECT 1 FROM pieces WHERE mail = ? AND reason <> ?"
    if connection.execute(others, (id_, MailReason.NO_CONSENT.value)).fetchone():
        return
    (head,) = connection.execute("SELECT head FROM mails WHERE id = ?", (id_,)).fetchone()
    bare = replace(head_of(head), subject="")
    connection.execute("UPDATE mails SET head = ?, subject = '' WHERE id = ?", (as_json(bare), id_))


def _sum_up(connection: Connection, id_: str) -> tuple[MailState, MailReason | None]:
    """Waiting while one piece waits, with the first one's reason; delivered when one reached a
    company; else put away."""
    states = connection.execute(
        "SELECT state, reason FROM pieces WHERE mail = ? ORDER BY number", (id_,)
    ).fetchall()
    waiting = [reason for state, reason in states if state == MailState.WAITING]
    if waiting:
        return MailState.WAITING, _reason(waiting[0])
    if any(state == MailState.DELIVERED for state, _ in states):
        return MailState.DELIVERED, None
    return MailState.PUT_AWAY, _reason(states[0][1]) if states else None


def _reason(text: str) -> MailReason | None:
    return MailReason(text) if text else None
