"""The writing end of the pollroom; collect's alone. Every method is one transaction.

A cursor is written here together with what it passed: records that reached the log before (`seen`)
and those that wait. A death between log and pollroom fetches them again, and the log knows them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.store.database import connect
from hinomi.store.log.chunks import microseconds
from hinomi.store.pollroom.reader import PollRoomReader
from hinomi.store.pollroom.rows import FILE
from hinomi.store.sqlite import migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from sqlite3 import Connection

    from hinomi.store.pollroom.rows import Step, Waiting

WAITING_KEPT = timedelta(days=90)
_ASKED = 500  # digests in one question
_KEY = "account = ? AND tenant = ? AND stream = ?"


class PollRoom(PollRoomReader):
    """Open (and make or upgrade) DATA's pollroom. May be used by several threads."""

    def __init__(self, data: Path) -> None:
        connection = connect(data / FILE)
        migrate(connection, store="pollroom")
        super().__init__(data, connection=connection)

    def cursor(self, step: Step) -> str:
        """Where the last look ended; "" before the first."""
        with self._lock:
            row = self._connection.execute(
                f"SELECT cursor FROM ways WHERE {_KEY}",  # noqa: S608
                (step.account, step.tenant, step.stream),
            ).fetchone()
        return str(row[0]) if row else ""

    def seen(self, account: str, *, digests: Sequence[str]) -> set[str]:
        """Which of these were kept before."""
        found: set[str] = set()
        with self._lock:
            for start in range(0, len(digests), _ASKED):
                part = digests[start : start + _ASKED]
                marks = ", ".join("?" * len(part))
                rows = self._connection.execute(
                    f"SELECT digest FROM seen WHERE account = ? AND digest IN ({marks})",  # noqa: S608
                    (account, *part),
                ).fetchall()
                found.update(str(digest) for (digest,) in rows)
        return found

    def keep(
        self,
        step: Step,
        *,
        seen: Collection[str],
        waiting: Iterable[Waiting],
        at: datetime,
        cursor: str | None = None,
        reached_at: datetime | None = None,
        gap: str = "",
    ) -> None:
        """One page: `seen` names all its new records, those in the log and those in `waiting`.
        With `cursor`: everything until `reached_at` is kept now."""
        moment = microseconds(at)
        key = (step.account, step.tenant, step.stream)
        with self._lock, transaction(self._connection) as connection:
            connection.executemany(
                "INSERT INTO seen (account, digest, tenant, stream, at_us) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (account, digest) DO NOTHING",
                [(step.account, digest, step.tenant, step.stream, moment) for digest in seen],
            )
            connection.executemany(
                "INSERT INTO waiting"
                " (account, digest, customer, name, kind, at_us, raw, written_us)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, digest) DO NOTHING",
                [
                    (one.account, one.digest, one.customer, one.name, one.kind,
                     microseconds(one.at), one.raw,
                     microseconds(one.written) if one.written else 0)
                    for one in waiting
                ],
            )  # fmt: skip
            _make(connection, step)
            connection.execute(
                f"UPDATE ways SET fetched = fetched + ? WHERE {_KEY}",  # noqa: S608
                (len(seen), *key),
            )
            if cursor is not None:
                reached = microseconds(reached_at or at)
                connection.execute(
                    f"UPDATE ways SET cursor = ?, reached_us = ? WHERE {_KEY}",  # noqa: S608
                    (cursor, reached, *key),
                )
            if gap:
                connection.execute(
                    f"UPDATE ways SET gap = ? WHERE {_KEY}",  # noqa: S608
                    (gap[:500], *key),
                )
            crash.point("poll:before-kept")
        crash.point("poll:after-kept")

    def looked(
        self, step: Step, *, name: str, at: datetime, trouble: str = "", sentence: str = ""
    ) -> None:
        """Note how a look went; "" trouble: well."""
        moment = microseconds(at)
        with self._lock, transaction(self._connection) as connection:
            _make(connection, step)
            connection.execute(
                "UPDATE ways SET at_us = ?, well_at_us = CASE WHEN ? = '' THEN ? ELSE well_at_us"  # noqa: S608
                f" END, trouble = ?, sentence = ?, name = ? WHERE {_KEY}",
                (moment, trouble, moment, trouble, sentence[:500], name[:200],
                 step.account, step.tenant, step.stream),
            )  # fmt: skip

    def forget_troubles(self, account: str, *, but: Collection[tuple[str, str]]) -> None:
        """Of what is no longer asked for; how far that was fetched stays."""
        with self._lock, transaction(self._connection) as connection:
            rows = connection.execute(
                "SELECT tenant, stream FROM ways WHERE account = ? AND trouble <> ''", (account,)
            ).fetchall()
            connection.executemany(
                f"UPDATE ways SET trouble = '', sentence = '' WHERE {_KEY}",  # noqa: S608
                [(account, *row) for row in rows if (row[0], row[1]) not in but],
            )

    def waiting_of(self, account: str, *, customer: str, kind: str, limit: int) -> list[Waiting]:
        """Records of one customer, oldest first."""
        return self._waiting(
            "WHERE account = ? AND customer = ? AND kind = ? ORDER BY at_us, digest LIMIT ?",
            (account, customer, kind, limit),
        )

    def settle(self, account: str, *, digests: Iterable[str]) -> None:
        """They reached their company, or a person said that they are nobody's."""
        with self._lock, transaction(self._connection) as connection:
            connection.executemany(
                "DELETE FROM waiting WHERE account = ? AND digest = ?",
                [(account, digest) for digest in digests],
            )

    def waiting_bytes(self, account: str) -> int:
        """What one account's waiting records take."""
        with self._lock:
            row = self._connection.execute(
                "SELECT coalesce(sum(length(raw)), 0) FROM waiting WHERE account = ?", (account,)
            ).fetchone()
        return int(row[0])

    def tidy(self, *, now: datetime, overlaps: dict[str, timedelta]) -> int:
        """Forget what no window can bring again: kept longer before the way's cursor than
        `overlaps` says for its stream; how many. Waiting records go after 90 days."""
        gone = 0
        with self._lock, transaction(self._connection) as connection:
            connection.execute(
                "DELETE FROM waiting WHERE at_us < ?", (microseconds(now - WAITING_KEPT),)
            )
            ways = connection.execute(
                "SELECT account, tenant, stream, reached_us FROM ways WHERE reached_us > 0"
            ).fetchall()
            for account, tenant, stream, reached in ways:
                if stream in overlaps:
                    before = int(reached) - int(overlaps[stream].total_seconds() * 1_000_000)
                    gone += connection.execute(
                        f"DELETE FROM seen WHERE {_KEY} AND at_us < ?",  # noqa: S608
                        (account, tenant, stream, before),
                    ).rowcount
        return gone


def _make(connection: Connection, step: Step) -> None:
    connection.execute(
        "INSERT INTO ways (account, tenant, stream) VALUES (?, ?, ?)"
        " ON CONFLICT (account, tenant, stream) DO NOTHING",
        (step.account, step.tenant, step.stream),
    )
