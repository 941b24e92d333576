"""What the store says: what is in use, what is held, where it came from."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Self, cast

import orjson

from hinomi.core.indicators import Tlp, merge
from hinomi.store.intel.rows import (
    COLUMNS,
    Entry,
    Row,
    Source,
    State,
    indicator_of,
    moment_of,
    seconds_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from sqlite3 import Connection
    from types import TracebackType

    from hinomi.core.indicators import Indicator

_FIELDS = len(COLUMNS.split(","))
# A person's word that stands now, against the doubt of the row `i`.
_ALLOWED = (
    "(SELECT max(until_s) FROM allowances a"
    " WHERE a.kind = i.kind AND a.value = i.value AND a.until_s > :now)"
)


class IntelReader:
    """Reads only; see IntelStore for changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def in_use(self, *, now: datetime, since_import: int = 0) -> Iterator[Indicator]:
        """What is to be matched, each value once, ascending by kind and value.

        An allowed value holds as long as the person's word. `since_import`: only values that no
        source had before that import."""
        rows = self._connection.execute(
            f"SELECT {COLUMNS}, doubt, {_ALLOWED}, first_import FROM indicators i"  # noqa: S608
            " WHERE (valid_until_s IS NULL OR valid_until_s > :now)"
            f" AND (doubt = '' OR {_ALLOWED} IS NOT NULL)"
            " ORDER BY kind, value",
            {"now": seconds_of(now)},
        )
        for _, same in groupby(rows, key=lambda row: row[:2]):
            voices = list(same)
            if min(row[-1] for row in voices) <= since_import:
                continue
            yield _one_of(voices)

    def has_private(self, *, code: str, now: datetime) -> bool:
        """Whether a person allowed an address that is not public."""
        row = self._connection.execute(
            f"SELECT 1 FROM indicators i WHERE doubt = :code AND {_ALLOWED} IS NOT NULL LIMIT 1",  # noqa: S608
            {"now": seconds_of(now), "code": code},
        )
        return row.fetchone() is not None

    def entries(
        self,
        *,
        now: datetime,
        value: str = "",
        text: str = "",
        held_only: bool = False,
        limit: int = 100,
    ) -> list[Entry]:
        """Entries of one value, or whose value, name or labels hold a text, or that are held."""
        where, parameters = ["1"], {"now": seconds_of(now), "limit": limit}
        told: dict[str, object] = {**parameters, "value": value, "text": f"%{_escaped(text)}%"}
        if value:
            where.append("value = :value")
        if text:
            columns = ("value", "name", "labels", "source")
            where.append(
                "(" + " OR ".join(f"{each} LIKE :text ESCAPE '\\'" for each in columns) + ")"
            )
        if held_only:
            where.append("doubt <> ''")
        rows = self._connection.execute(
            f"SELECT {COLUMNS}, doubt, {_ALLOWED} FROM indicators i"  # noqa: S608
            f" WHERE {' AND '.join(where)} ORDER BY kind, value, source LIMIT :limit",
            told,
        )
        return [
            Entry(indicator_of(row[:_FIELDS]), row[_FIELDS], moment_of(row[_FIELDS + 1]))
            for row in rows
        ]

    def sources(self) -> list[Source]:
        """All sources by name, with their counts."""
        counts = {
            name: (total, held)
            for name, total, held in self._connection.execute(
                "SELECT source, count(*), sum(doubt <> '') FROM indicators GROUP BY source"
            )
        }
        rows = self._connection.execute(
            "SELECT name, kind, address, settings, tlp, confidence, read_as, cursor, last_at_us,"
            " last_fault, last_trouble FROM sources ORDER BY name"
        )
        return [
            Source(
                name=row[0],
                kind=row[1],
                address=row[2],
                settings=orjson.loads(row[3]),
                tlp=Tlp(row[4]),
                confidence=row[5],
                read_as=row[6],
                cursor=row[7],
                last_at=moment_of(row[8] // 1_000_000) if row[8] else None,
                last_fault=row[9],
                last_trouble=row[10],
                indicators=counts.get(row[0], (0, 0))[0],
                held=counts.get(row[0], (0, 0))[1],
            )
            for row in rows
        ]

    def source(self, name: str) -> Source | None:
        """One of `sources`."""
        return next((each for each in self.sources() if each.name == name), None)

    def state(self) -> State:
        """Which file is in use, and whether it is behind."""
        file, count, made, changes, compiled, looked_back = self._connection.execute(
            "SELECT file, count, made_us, changes, compiled, looked_back FROM state"
        ).fetchone()
        made_at = moment_of(made // 1_000_000) if made else None
        return State(file, count, made_at, changes != compiled, looked_back)

    def changes(self) -> int:
        """Grows with every change; read it before `in_use`, give it to `note_compiled`."""
        return int(self._connection.execute("SELECT changes FROM state").fetchone()[0])

    def last_import(self) -> int:
        """The number of the newest import, 0 before the first."""
        row = self._connection.execute("SELECT max(id) FROM imports").fetchone()
        return int(row[0] or 0)

    def close(self) -> None:
        """Release the file."""
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

    def _count(self, where: str, *parameters: object) -> int:
        row = self._connection.execute(
            f"SELECT count(*) FROM indicators WHERE {where}",  # noqa: S608 - words of this file
            parameters,
        ).fetchone()
        return int(row[0])


def _one_of(rows: list[tuple[object, ...]]) -> Indicator:
    """All voices on one value as one indicator; a person's word ends when it was said to end."""
    merged = None
    for row in rows:
        one = indicator_of(_row(row))
        allowed = row[_FIELDS + 1]
        if row[_FIELDS] and isinstance(allowed, int):
            end = moment_of(allowed)
            one = replace(one, valid_until=min(filter(None, (one.valid_until, end))))
        merged = one if merged is None else merge(merged, one)
    if merged is None:
        raise ValueError("no rows")
    return merged


def _row(row: tuple[object, ...]) -> Row:
    return cast("Row", row[:_FIELDS])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
