"""What a source's days say of its health: figures of late against before, and the one trouble.

Pure. The days themselves are counted by the worker; nothing here knows a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LATE_DAYS = 2  # today and yesterday are "of late"
BEFORE_DAYS = 14
_ENOUGH = 20  # records, before a share of them means anything
_ENOUGH_CLOCK = 5
_RULES_BEFORE = 10  # findings in a fortnight, before their end means anything
_SILENT_RULES_DAYS = 3
_REPEATS = 0.3
_UNREADABLE = 0.9  # below this share of readable records something should be mended


class Clock(StrEnum):
    """Where a source's clock stands; the row of counts with the middle event decides."""

    RIGHT = "right"
    AHEAD = "ahead"
    MINUTES = "minutes"
    HOURS = "hours"
    ZONE = "zone"
    DAYS = "days"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """What should be mended first."""

    UNREADABLE = "unreadable"
    RULES_STOPPED = "rules_stopped"
    CLOCK = "clock"
    REPEATS = "repeats"
    NONE = ""


class DayCounts(Protocol):
    """One day of a source, as the worker counted it."""

    @property
    def day(self) -> date: ...
    @property
    def records(self) -> int: ...
    @property
    def readable(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def findings(self) -> int: ...
    @property
    def days_behind(self) -> int: ...
    @property
    def zone_behind(self) -> int: ...
    @property
    def hours_behind(self) -> int: ...
    @property
    def minutes_behind(self) -> int: ...
    @property
    def on_time(self) -> int: ...
    @property
    def ahead(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Figures:
    """The health of one source. Rates are None while too little came to say.

    `findings_before` and `findings_lately` are of the fortnight before and of the last three days;
    `usual_records` is the mean of a day on which it sent.
    """

    parse_rate: float | None
    repeat_rate: float | None
    clock: Clock
    findings_before: int
    findings_lately: int
    records_today: int
    usual_records: float | None

    @property
    def have_rules_stopped(self) -> bool:
        """Rules fired for weeks and not once in three days in which it sent as before."""
        return self.findings_before >= _RULES_BEFORE and not self.findings_lately

    @property
    def trouble(self) -> Trouble:
        """The first of what should be mended."""
        rows = (
            (Trouble.UNREADABLE, self.parse_rate is not None and self.parse_rate < _UNREADABLE),
            (Trouble.RULES_STOPPED, self.have_rules_stopped),
            (Trouble.CLOCK, self.clock not in (Clock.RIGHT, Clock.UNKNOWN)),
            (Trouble.REPEATS, self.repeat_rate is not None and self.repeat_rate > _REPEATS),
        )
        return next((trouble for trouble, holds in rows if holds), Trouble.NONE)


def figures(days: Iterable[DayCounts], *, today: date) -> Figures:
    """`days` are those of one source; days on which it sent nothing may be missing."""
    by_age = {(today - each.day).days: each for each in days}
    late = [day for age, day in by_age.items() if 0 <= age < LATE_DAYS]
    recent = [day for age, day in by_age.items() if 0 <= age < _SILENT_RULES_DAYS]
    before = [day for age, day in by_age.items() if _SILENT_RULES_DAYS <= age <= BEFORE_DAYS]
    whole = [day.records for age, day in by_age.items() if 1 <= age <= BEFORE_DAYS]
    has_gone_on = sum(day.records for day in recent) >= _ENOUGH
    present = by_age.get(0)
    return Figures(
        parse_rate=_rate(late, "readable"),
        repeat_rate=_rate(late, "duplicates"),
        clock=_clock(late),
        findings_before=sum(day.findings for day in before) if has_gone_on else 0,
        findings_lately=sum(day.findings for day in recent),
        records_today=present.records if present else 0,
        usual_records=sum(whole) / len(whole) if whole else None,
    )


def first_day(today: date) -> date:
    """The oldest day that `figures` looks at."""
    return today - timedelta(days=BEFORE_DAYS)


def _rate(days: Iterable[DayCounts], name: str) -> float | None:
    listed = list(days)
    records = sum(day.records for day in listed)
    return sum(getattr(day, name) for day in listed) / records if records >= _ENOUGH else None


# From furthest behind to ahead, so that the middle event stands in the middle.
_COUNTS: Mapping[Clock, str] = {
    Clock.DAYS: "days_behind",
    Clock.ZONE: "zone_behind",
    Clock.HOURS: "hours_behind",
    Clock.MINUTES: "minutes_behind",
    Clock.RIGHT: "on_time",
    Clock.AHEAD: "ahead",
}


def _clock(days: Iterable[DayCounts]) -> Clock:
    listed = list(days)
    counts = {clock: sum(getattr(day, name) for day in listed) for clock, name in _COUNTS.items()}
    total, passed = sum(counts.values()), 0
    if total < _ENOUGH_CLOCK:
        return Clock.UNKNOWN
    for clock, count in counts.items():
        passed += count
        if passed * 2 > total:
            return clock
    return Clock.UNKNOWN
