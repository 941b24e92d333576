"""A hunt: what the rules or indicators of today would have found in the lake of the past.

Plan (files by manifest, companies, times) → row groups → rows that may matter → whole events →
the same matcher as the stream. Reads only; what a hunt remembers is in hunt_run.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from hinomi.columns.groups import Extent, read_groups
from hinomi.core.errors import StoreDamaged, UsageError
from hinomi.core.records import Event
from hinomi.pipeline.agreed_days import may_read
from hinomi.store.database import is_made
from hinomi.store.directory import open_directory
from hinomi.store.hunt_rows import Portion, Position
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from hinomi.columns.groups import Group
    from hinomi.columns.mask import Mask
    from hinomi.core.findings import Finding
    from hinomi.store.hunt_rows import Scope


class UnknownCompany(UsageError):
    """It is not, or no longer, a customer."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look gave. `reached` is where the next one begins; `rows` were in scope, `read` of
    them became whole events. `fault` says why a file was left out, "" when it was not."""

    reached: Position
    rows: int = 0
    read: int = 0
    findings: tuple[Finding, ...] = ()
    fault: str = ""


class Quarry(Protocol):
    """What is hunted for."""

    def may_concern(self, shape: str) -> bool:
        """Whether files of this shape can hold any of it."""
        ...

    def candidates(self, group: Group) -> Mask:
        """Rows that may hold it; all that do are among them."""
        ...

    def find(self, events: Sequence[Event]) -> Sequence[Finding]:
        """What it says of the whole events."""
        ...


def known_organisations(data: Path) -> tuple[str, ...]:
    """Every company that is a customer today."""
    with open_directory(data) as directory:
        companies = directory.load().organisations
    return tuple(sorted(each.id for each in companies if not each.is_deleted))


def plan_hunt(scope: Scope, *, data: Path, now: datetime) -> list[Portion]:
    """The files to read, newest receive day first; nothing past a company's retention.

    Raises UnknownCompany.
    """
    days = horizons(scope.organisations, data=data, today=now.date())
    with open_directory(data) as directory:
        known = {each.id: each for each in directory.load().organisations}
    if not is_made(data / FILE_NAME):
        return []
    owners: dict[str, list[str]] = {}
    portions: dict[str, tuple[str, int]] = {}
    with PipelineReader(data / FILE_NAME) as manifest:
        for organisation, horizon in days.items():
            for row in manifest.manifest(
                organisation, since=scope.since, until=scope.until, received_from=horizon
            ):
                if not may_read(
                    known.get(organisation),
                    shape=row.shape,
                    day=row.receive_day,
                    today=now.date(),
                ):
                    continue
                owners.setdefault(row.file, []).append(organisation)
                shape, records = portions.get(row.file, (row.shape, 0))
                portions[row.file] = shape, records + row.records
    return [
        Portion(file, *portions[file], tuple(owners[file])) for file in sorted(owners, reverse=True)
    ]


def horizons(organisations: Iterable[str], *, data: Path, today: date) -> dict[str, date]:
    """Company → the oldest receive day that may still be read. Raises UnknownCompany."""
    with open_directory(data) as directory:
        known = {each.id: each for each in directory.load().organisations if not each.is_deleted}
    unknown = [each for each in organisations if each not in known]
    if unknown:
        raise UnknownCompany(
            f"There is no company {unknown[0]!r}.", advice="See `hinomi organisation list`."
        )
    return {each: today - timedelta(days=known[each].retention_days) for each in organisations}


def hunt(
    portions: Sequence[Portion],
    quarry: Quarry,
    *,
    lake: Path,
    scope: Scope,
    start: Position | None = None,
) -> Iterator[Look]:
    """One look per row group, in the order of the plan; stop asking and it stops reading.

    A file that is torn or has expired meanwhile is told and left out; the rest goes on.
    """
    begin = start or Position()
    for number in range(begin.portion, len(portions)):
        portion = portions[number]
        reached = Position(number + 1)
        if quarry.may_concern(portion.shape):
            group = begin.group if number == begin.portion else 0
            try:
                for look in _read(portion, quarry, lake=lake, scope=scope, first_group=group):
                    yield replace(look, reached=Position(number, look.reached.group))
            except (StoreDamaged, FileNotFoundError) as error:
                yield Look(reached, fault=_fault(portion, error))
                continue
        yield Look(reached)


def _read(
    portion: Portion, quarry: Quarry, *, lake: Path, scope: Scope, first_group: int
) -> Iterator[Look]:
    extent = Extent(frozenset(portion.organisations), since=scope.since, until=scope.until)
    for number, group in read_groups(lake / portion.file, extent=extent, start=first_group):
        allowed = group.within(extent)
        if allowed.is_empty:
            continue
        wanted = allowed & quarry.candidates(group)
        events = () if wanted.is_empty else group.records(wanted)
        findings = quarry.find([event for event in events if isinstance(event, Event)])
        yield Look(Position(0, number + 1), allowed.count, len(events), tuple(findings))


def _fault(portion: Portion, error: Exception) -> str:
    gone = isinstance(error, FileNotFoundError)
    return f"{portion.file} is gone: its time has run out." if gone else str(error)
