"""What the portal shows of the pollroom. Every question names the accounts it may ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.store.database import is_made
from hinomi.store.log.chunks import moment_of
from hinomi.store.pollroom.rows import FILE, Customer, Step, Waiting, Way
from hinomi.store.reader import StoreReader, marks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path
    from sqlite3 import Connection

_WAY = (
    "account, tenant, stream, name, cursor, reached_us, at_us, well_at_us, trouble, sentence, gap,"
    " fetched"
)
_WAITING = "account, digest, customer, name, kind, at_us, raw, written_us"


class PollRoomReader(StoreReader):
    """Open DATA's pollroom for reading; FileNotFoundError when collect never made one."""

    def __init__(self, data: Path, *, connection: Connection | None = None) -> None:
        super().__init__(data / FILE, connection=connection)

    def ways(self, *, accounts: Collection[str]) -> list[Way]:
        """How everything that these accounts ask for goes, by customer and stream."""
        if not accounts:
            return []
        rows = self._rows(
            f"SELECT {_WAY} FROM ways WHERE account IN ({marks(accounts)})"  # noqa: S608
            " ORDER BY account, tenant, stream",
            tuple(accounts),
        )
        return [_way(row) for row in rows]

    def customers(self, *, accounts: Collection[str]) -> list[Customer]:
        """Whom nobody has assigned to a company yet, who waits longest first."""
        if not accounts:
            return []
        rows = self._rows(
            "SELECT account, customer, kind, max(name), count(*), min(at_us), max(at_us) FROM"  # noqa: S608
            f" waiting WHERE account IN ({marks(accounts)}) GROUP BY account, customer, kind",
            tuple(accounts),
        )
        found: dict[tuple[str, str], list[Sequence[object]]] = {}
        for row in rows:
            found.setdefault((str(row[0]), str(row[1])), []).append(row)
        together = [_customer(key, each) for key, each in found.items()]
        return sorted(together, key=lambda each: (each.first_at, each.customer))

    def sample(self, *, account: str, customer: str) -> Waiting | None:
        """The newest record that waits for this customer."""
        rows = self._waiting(
            "WHERE account = ? AND customer = ? ORDER BY at_us DESC, digest LIMIT 1",
            (account, customer),
        )
        return rows[0] if rows else None

    def _waiting(self, rest: str, values: Sequence[object]) -> list[Waiting]:
        rows = self._rows(f"SELECT {_WAITING} FROM waiting {rest}", values)  # noqa: S608
        return [_waiting(row) for row in rows]


def is_pollroom_made(data: Path) -> bool:
    """Whether collect ever opened a pollroom here."""
    return is_made(data / FILE)


def _way(row: Sequence[object]) -> Way:
    account, tenant, stream, name, cursor, reached, at, well, trouble, sentence, gap, count = row
    return Way(
        step=Step(str(account), str(tenant), str(stream)),
        name=str(name),
        cursor=str(cursor),
        reached_at=_moment(reached),
        at=_moment(at),
        well_at=_moment(well),
        trouble=str(trouble),
        sentence=str(sentence),
        gap=str(gap),
        fetched=int(str(count)),
    )


def _customer(key: tuple[str, str], rows: Sequence[Sequence[object]]) -> Customer:
    return Customer(
        account=key[0],
        customer=key[1],
        name=max(str(row[3]) for row in rows),
        kinds=tuple(sorted(str(row[2]) for row in rows)),
        records=sum(int(str(row[4])) for row in rows),
        first_at=moment_of(min(int(str(row[5])) for row in rows)),
        last_at=moment_of(max(int(str(row[6])) for row in rows)),
    )


def _waiting(row: Sequence[object]) -> Waiting:
    account, digest, customer, name, kind, at, raw, written = row
    return Waiting(
        account=str(account),
        digest=str(digest),
        customer=str(customer),
        name=str(name),
        kind=str(kind),
        at=moment_of(int(str(at))),
        raw=bytes(raw),  # type: ignore[call-overload] # bytes or memoryview, by the engine
        written=_moment(written),
    )


def _moment(value: object) -> datetime | None:
    us = int(str(value))
    return moment_of(us) if us else None
