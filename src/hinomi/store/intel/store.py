"""What changes the store: imports, removals, a person's word. Each is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from hinomi.store.intel.reader import IntelReader
from hinomi.store.intel.rows import (
    COLUMNS,
    Allowance,
    Entry,
    ImportDone,
    Source,
    row_of,
    seconds_of,
)
from hinomi.store.sqlite import connect, migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from hinomi.core.indicators import Kind, Trouble


FILE = "intel.sqlite"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a whole import is held. The codes are those of `detect.intel.Doubt`."""

    most_new: int = 250_000
    large_from: int = 1_000  # a source smaller than this may change as it likes
    most_removed: float = 0.5  # share of the source
    most_growth: float = 5.0  # times the source
    too_many: str = "too_many"
    too_large: str = "too_large_a_change"


class IntelStore(IntelReader):
    """Open for reading and writing; hold the lock of `pipeline.intel` around changes."""

    def keep(
        self,
        source: Source,
        entries: Iterable[Entry],
        *,
        withdrawn: Iterable[tuple[Kind, str]] = (),
        refused: Mapping[str, int],
        is_whole: bool,
        who: str,
        now: datetime,
        limits: Limits = Limits(),
    ) -> ImportDone:
        """Add what a source said now. `is_whole`: it is all the source says, what it said before
        and not now goes. Too much at once is kept but held, and then nothing goes."""
        with transaction(self._connection) as connection:
            self._keep_source(source, now=now)
            number = self._new_import(source.name, refused, who=who, now=now)
            before = self._count("source = ?", source.name)
            connection.executemany(
                f"INSERT INTO indicators ({COLUMNS}, doubt, first_import, last_import)"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, value, source) DO UPDATE SET confidence = excluded.confidence,"
                " tlp = excluded.tlp, valid_from_s = excluded.valid_from_s,"
                " valid_until_s = excluded.valid_until_s, name = excluded.name,"
                " labels = excluded.labels, description = excluded.description,"
                " last_import = excluded.last_import,"
                # What is held as part of too much stays held until a person released it.
                f" doubt = iif(excluded.doubt = '' AND doubt IN ('{limits.too_many}',"
                f" '{limits.too_large}'), doubt, excluded.doubt)",
                (
                    (*row_of(each.indicator, source=source.name), each.doubt, number, number)
                    for each in entries
                ),
            )
            removed = self._remove_what_went(
                source.name, number, withdrawn, before, is_whole=is_whole, limits=limits
            )
            return self._done(source.name, number, removed)

    def _remove_what_went(
        self,
        source: str,
        number: int,
        withdrawn: Iterable[tuple[Kind, str]],
        before: int,
        *,
        is_whole: bool,
        limits: Limits,
    ) -> int:
        connection = self._connection
        new = self._count("source = ? AND first_import = ?", source, number)
        gone = self._count("source = ? AND last_import < ?", source, number) if is_whole else 0
        doubt = _doubt_of_all(before, new, gone, limits)
        if doubt:
            connection.execute(
                "UPDATE indicators SET doubt = ?"
                " WHERE source = ? AND first_import = ? AND doubt = ''",
                (doubt, source, number),
            )
        elif is_whole:
            connection.execute(
                "DELETE FROM indicators WHERE source = ? AND last_import < ?", (source, number)
            )
        taken_back = connection.executemany(
            "DELETE FROM indicators WHERE kind = ? AND value = ? AND source = ?",
            [(kind.value, value, source) for kind, value in withdrawn],
        ).rowcount
        return max(0, taken_back) + (0 if doubt else gone)

    def _done(self, source: str, number: int, removed: int) -> ImportDone:
        added = self._count("source = ? AND first_import = ?", source, number)
        held = self._count("source = ? AND last_import = ? AND doubt <> ''", source, number)
        self._connection.execute(
            "UPDATE imports SET added = ?, removed = ?, held = ? WHERE id = ?",
            (added, removed, held, number),
        )
        self._changed()
        return ImportDone(number, added, removed, held)

    def note_fault(self, source: Source, fault: str, *, trouble: Trouble, now: datetime) -> None:
        """A pull or import that failed; what the source said before stays in use."""
        with transaction(self._connection) as connection:
            self._keep_source(source, now=now)
            connection.execute(
                "UPDATE sources SET last_fault = ?, last_trouble = ? WHERE name = ?",
                (fault[:500], trouble.value, source.name),
            )

    def _keep_source(self, source: Source, *, now: datetime) -> None:
        self._connection.execute(
            "INSERT INTO sources (name, kind, address, settings, tlp, confidence, read_as, cursor,"
            " last_at_us, last_fault, last_trouble)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')"
            " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, address = excluded.address,"
            " settings = excluded.settings, tlp = excluded.tlp, confidence = excluded.confidence,"
            " read_as = excluded.read_as, cursor = excluded.cursor,"
            " last_at_us = excluded.last_at_us, last_fault = '', last_trouble = ''",
            (
                source.name,
                source.kind,
                source.address,
                orjson.dumps(dict(source.settings)).decode(),
                source.tlp.value,
                source.confidence,
                source.read_as,
                source.cursor,
                _us(now),
            ),
        )

    def remove_source(self, name: str) -> int:
        """The source and all it said; how many indicators that were."""
        with transaction(self._connection) as connection:
            count = self._count("source = ?", name)
            connection.execute("DELETE FROM sources WHERE name = ?", (name,))
            self._changed()
        return count

    def remove_value(self, kind: Kind, value: str) -> int:
        """The value, whoever said it; how many entries that were."""
        with transaction(self._connection) as connection:
            gone = connection.execute(
                "DELETE FROM indicators WHERE kind = ? AND value = ?", (kind.value, value)
            ).rowcount
            self._changed()
        return gone

    def allow(self, allowance: Allowance, *, now: datetime) -> bool:
        """Match a held value until the given time. False when no such value is held."""
        with transaction(self._connection) as connection:
            wanted = (allowance.kind.value, allowance.value)
            if not self._count("kind = ? AND value = ? AND doubt <> ''", *wanted):
                return False
            connection.execute(
                "INSERT INTO allowances (kind, value, reason, who, at_us, until_s)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*wanted, allowance.reason, allowance.who, _us(now), seconds_of(allowance.until)),
            )
            self._begin_anew("kind = ? AND value = ?", wanted, who=allowance.who, now=now)
        return True

    def release(
        self, source: str, *, reason: str, who: str, now: datetime, codes: tuple[str, str]
    ) -> int:
        """Use what is held only because there was too much of it; how many that were."""
        with transaction(self._connection) as connection:
            where = "source = ? AND doubt IN (?, ?)"
            count = self._count(where, source, *codes)
            self._begin_anew(where, (source, *codes), who=who, now=now)
            connection.execute(f"UPDATE indicators SET doubt = '' WHERE {where}", (source, *codes))  # noqa: S608
            connection.execute(
                "INSERT INTO allowances (kind, value, reason, who, at_us, until_s)"
                " VALUES ('source', ?, ?, ?, ?, ?)",
                (source, reason, who, _us(now), seconds_of(now)),
            )
        return count

    def _begin_anew(
        self, where: str, parameters: tuple[str, ...], *, who: str, now: datetime
    ) -> None:
        """What a person lets in is new from now on: the lake is searched for it too."""
        number = self._new_import("", {}, who=who, now=now)
        self._connection.execute(
            f"UPDATE indicators SET first_import = ?, last_import = ? WHERE {where}",  # noqa: S608
            (number, number, *parameters),
        )
        self._changed()

    def _new_import(
        self, source: str, refused: Mapping[str, int], *, who: str, now: datetime
    ) -> int:
        row = self._connection.execute(
            "INSERT INTO imports (source, at_us, who, refused) VALUES (?, ?, ?, ?) RETURNING id",
            (source, _us(now), who, orjson.dumps(dict(refused)).decode()),
        )
        return int(row.fetchone()[0])

    def note_compiled(self, *, file: str, count: int, changes: int, now: datetime) -> None:
        """The file holds everything up to `changes`."""
        with transaction(self._connection) as connection:
            connection.execute(
                "UPDATE state SET file = ?, count = ?, compiled = ?, made_us = ?",
                (file, count, changes, _us(now)),
            )

    def note_looked_back(self, number: int) -> None:
        """The lake was searched for everything up to this import."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE state SET looked_back = max(looked_back, ?)", (number,))

    def _changed(self) -> None:
        self._connection.execute("UPDATE state SET changes = changes + 1")


def open_intel(data: Path) -> IntelStore:
    """Open (and make or upgrade) DATA's store of indicators."""
    connection = connect(data / FILE)
    migrate(connection, store="intel")
    return IntelStore(connection)


def _doubt_of_all(before: int, new: int, gone: int, limits: Limits) -> str:
    if new > limits.most_new:
        return limits.too_many
    is_large = before >= limits.large_from
    if is_large and (gone > limits.most_removed * before or new > limits.most_growth * before):
        return limits.too_large
    return ""


def _us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
