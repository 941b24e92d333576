"""When a report about leaked personal data is due. Pure; the days themselves are data.

Every reading that is not settled is taken the early way: a date of ours may be too early, never
too late. Nothing here decides whether a report must be made at all; people do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hinomi.business.working_days import Calendar

JST = ZoneInfo("Asia/Tokyo")
OFFICES = Calendar(obon=None)  # Saturdays, Sundays, holidays, 29 December to 3 January
_DAY = timedelta(days=1)


class Breach(StrEnum):
    """What kind of leak it is, as far as a person has judged."""

    UNLAWFUL = "unlawful"
    OTHER = "other"
    UNKNOWN = "unknown"
    NONE = "none"


class Clock(StrEnum):
    """The two reports."""

    FIRST = "first"
    FINAL = "final"

    @property
    def ja(self) -> str:
        """What the law calls it."""
        return {"first": "速報", "final": "確報"}[self.value]


class State(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    NEAR = "near"
    OVER = "over"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one report may take. `early_days` is the first day named, the same as `days` where
    there is one only; `unlawful_days` hold for a leak by an unlawful act."""

    clock: Clock
    early_days: int
    days: int
    unlawful_days: int
    counts_first_day: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """One report's time. `closed_why` says that the offices are closed on the last day; the date
    stays, since an early report is never wrong."""

    clock: Clock
    early: date
    last: date
    closed_why: str

    @property
    def ends_at(self) -> datetime:
        """The moment after the last day in Japan."""
        return datetime.combine(self.last + _DAY, time(), tzinfo=JST)

    def state(self, moment: datetime, *, done_at: datetime | None) -> State:
        """NEAR from the first day named on, or in the last three days."""
        if done_at is not None:
            return State.DONE
        if moment >= self.ends_at:
            return State.OVER
        near = min(self.early, self.last - 2 * _DAY)
        return State.NEAR if moment.astimezone(JST).date() >= near else State.RUNNING

    def days_left(self, moment: datetime) -> int:
        """Whole days to the last one; 0 on it, negative after it."""
        return (self.last - moment.astimezone(JST).date()).days


def deadlines(
    *, recognised_at: datetime, breach: Breach, rules: tuple[Rule, ...]
) -> tuple[Deadline, ...]:
    """The clocks that run from the moment somebody knew; none when no personal data is touched.
    What is not judged yet counts by the shorter time."""
    if breach is Breach.NONE:
        return ()
    known = recognised_at.astimezone(JST).date()
    return tuple(_deadline(rule, known, breach) for rule in rules)


def _deadline(rule: Rule, known: date, breach: Breach) -> Deadline:
    most = rule.unlawful_days if breach is Breach.UNLAWFUL else rule.days
    last = _day(known, most, rule)
    return Deadline(
        clock=rule.clock,
        early=_day(known, min(rule.early_days, most), rule) if rule.early_days else last,
        last=last,
        closed_why=OFFICES.closed_why(last),
    )


def _day(known: date, days: int, rule: Rule) -> date:
    return known + timedelta(days=days - rule.counts_first_day)
