"""In which hours a source usually speaks, learned from its past; what it missed since. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.business.working_days import Calendar

LEARN_DAYS = 28
_HOUR = timedelta(hours=1)
_LEAST_OPEN = 5  # of working days before anything is called usual
_LEAST_CLOSED = 2
_LEAST_REPORTS = 4
_MOSTLY = 0.8
_MOST_HOURS = 24 * 60  # nothing is counted beyond: far more than any limit


@dataclass(frozen=True, slots=True)
class Usual:
    """Hours of the company's clock, a bit each (bit 9: from 9:00 to 9:59), in which the source
    mostly speaks: on working days and on closed days."""

    open_hours: int
    closed_hours: int

    def is_due(self, hour: datetime, calendar: Calendar) -> bool:
        """Whether the source mostly speaks in the hour that holds this moment."""
        local = calendar.local(hour)
        mask = self.open_hours if calendar.is_open_day(local.date()) else self.closed_hours
        return bool(mask >> local.hour & 1)


def learn(heard: Mapping[date, int], *, calendar: Calendar, today: date) -> Usual | None:
    """From UTC days with a bit per UTC hour. None while too few working days are known.

    Today counts for nothing: it is not over. Days before the first one heard do not either.
    """
    first = min(heard, default=today)
    told: dict[tuple[bool, int], list[int]] = defaultdict(lambda: [0, 0])
    for moment in _hours(max(first, today - timedelta(days=LEARN_DAYS)), today):
        local = calendar.local(moment)
        slot = told[calendar.is_open_day(local.date()), local.hour]
        slot[0] += 1
        slot[1] += heard.get(moment.date(), 0) >> moment.hour & 1
    if max((slot[0] for (is_open, _), slot in told.items() if is_open), default=0) < _LEAST_OPEN:
        return None
    return Usual(_mask(told, is_open=True), _mask(told, is_open=False))


def learn_gap_s(heard: Mapping[date, int], *, today: date) -> int:
    """The longest time between two days on which something came, of late; 0 while too few are
    known. For reports that come by mail: daily, on working days, weekly, each has its own gap."""
    days = sorted(day for day, hours in heard.items() if hours and day < today)
    recent = [day for day in days if day >= today - timedelta(days=LEARN_DAYS)]
    if len(recent) < _LEAST_REPORTS:
        return 0
    gaps = (after - before for before, after in pairwise(recent))
    return int(max(gaps).total_seconds())


def missed_hours(
    usual: Usual, *, since: datetime, now: datetime, calendar: Calendar, enough: int
) -> int:
    """How many of its usual hours passed whole without it; counting stops at `enough`."""
    hour = max(since, now - _HOUR * _MOST_HOURS).replace(minute=0, second=0, microsecond=0)
    missed = 0
    while (hour := hour + _HOUR) + _HOUR <= now and missed < enough:
        missed += usual.is_due(hour, calendar)
    return missed


def due_seconds(usual: Usual, *, since: datetime, now: datetime, calendar: Calendar) -> float:
    """The time since then, its unusual hours left out; at most sixty days are looked at."""
    start = max(since, now - _HOUR * _MOST_HOURS)
    total = 0.0
    while start < now:
        end = min(now, start.replace(minute=0, second=0, microsecond=0) + _HOUR)
        if usual.is_due(start, calendar):
            total += (end - start).total_seconds()
        start = end
    return total


def _hours(first: date, until: date) -> list[datetime]:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return [start + _HOUR * n for n in range(max(0, (until - first).days) * 24)]


def _mask(told: Mapping[tuple[bool, int], list[int]], *, is_open: bool) -> int:
    least = _LEAST_OPEN if is_open else _LEAST_CLOSED
    mask = 0
    for (kind, hour), (times, heard) in told.items():
        if kind is is_open and times >= least and heard >= _MOSTLY * times:
            mask |= 1 << hour
    return mask
