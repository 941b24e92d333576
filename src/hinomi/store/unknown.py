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
    """`reason`: unknown_sender or address_moved (syslog), unknown_token or revoked_token (HTTP; no
    body kept), no_consent (no line kept), not_of_relay (a source that the relay may not bring).
    `relay` is the source that heard it at a customer's place: such a line is that company's, and
    `address` one of its own network."""

    address: str
    at: datetime
    reason: str
    line: bytes
    relay: str = ""


class UnknownStore:
    """`data` is the DATA folder. One writer (collect), any number of readers."""

    def __init__(self, data: Path) -> None:
        self._connection = connect(data / FILE)
        migrate(self._connection, store="unknown")

    def keep(self, lines: Iterable[UnknownLine], *, now: datetime) -> None:
        """Add lines and forget what is beyond the limits."""
        rows = [(x.relay, x.address, microseconds(x.at), x.reason, x.line) for x in lines]
        with transaction(self._connection) as connection:
            connection.executemany(
                "INSERT INTO lines (relay, address, at_us, reason, line) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            connection.execute("DELETE FROM lines WHERE at_us < ?", (microseconds(now - KEPT),))
            connection.execute(
                "DELETE FROM lines WHERE (relay, address) NOT IN (SELECT relay, address FROM lines"
                " GROUP BY relay, address ORDER BY max(id) DESC LIMIT ?)",
                (ADDRESSES,),
            )
            connection.execute(
                "DELETE FROM lines WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
                " (PARTITION BY relay, address ORDER BY id DESC) AS place FROM lines)"
                " WHERE place > ?)",
                (LINES,),
            )

    def lines(self, *, now: datetime) -> list[UnknownLine]:
        """All that is kept, newest first."""
        rows = self._connection.execute(
            "SELECT address, at_us, reason, line, relay FROM lines WHERE at_us >= ?"
            " ORDER BY id DESC",
            (microseconds(now - KEPT),),
        )
        return [UnknownLine(who, moment_of(at), *rest) for who, at, *rest in rows]

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
