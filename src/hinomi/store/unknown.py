"""What unknown senders sent: the newest 100 lines of at most 100 addresses, for 24 h.

Owns DATA/run/unknown.sqlite. Collect writes it once a second, the portal shows it to the
provider's staff only: nobody knows whose lines these are. Losing it loses no customer's record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.store.log.chunks import microseconds, moment_of
from hinomi.store.sqlite import connect, migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

FILE = "run/unknown.sqlite"
ADDRESSES = 100
LINES = 100
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """`reason`: unknown_sender or address_moved (syslog), unknown_token, revoked_token or
    no_consent (HTTP; no body kept)."""

    address: str
    at: datetime
    reason: str
    line: bytes


class UnknownStore:
    """`data` is the DATA folder. One writer (collect), any number of readers."""

    def __init__(self, data: Path) -> None:
        self._connection = connect(data / FILE)
        migrate(self._connection, store="unknown")

    def keep(self, lines: Iterable[UnknownLine], *, now: datetime) -> None:
        """Add lines and forget what is beyond the limits."""
        rows = [(each.address, microseconds(each.at), each.reason, each.line) for each in lines]
        with transaction(self._connection) as connection:
            connection.executemany(
                "INSERT INTO lines (address, at_us, reason, line) VALUES (?, ?, ?, ?)", rows
            )
            connection.execute("DELETE FROM lines WHERE at_us < ?", (microseconds(now - KEPT),))
            connection.execute(
                "DELETE FROM lines WHERE address NOT IN (SELECT address FROM lines"
                " GROUP BY address ORDER BY max(id) DESC LIMIT ?)",
                (ADDRESSES,),
            )
            connection.execute(
                "DELETE FROM lines WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
                " (PARTITION BY address ORDER BY id DESC) AS place FROM lines) WHERE place > ?)",
                (LINES,),
            )

    def lines(self, *, now: datetime) -> list[UnknownLine]:
        """All that is kept, newest first."""
        rows = self._connection.execute(
            "SELECT address, at_us, reason, line FROM lines WHERE at_us >= ? ORDER BY id DESC",
            (microseconds(now - KEPT),),
        )
        return [UnknownLine(address, moment_of(at), why, line) for address, at, why, line in rows]

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
