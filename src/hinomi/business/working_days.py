"""When a company works: public holidays, New Year, お盆, closed days, opening hours. Pure.

Only days and hours are decided here; what they mean for a source is in watching.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jpholiday

if TYPE_CHECKING:
    from collections.abc import Iterator

MonthDay = tuple[int, int]
Span = tuple[MonthDay, MonthDay]

NEW_YEAR: Span = ((12, 29), (1, 3))
OBON: Span = ((8, 13), (8, 15))
_DAY = timedelta(days=1)
_WEEKDAYS = "月火水木金土日"
_MOST_DAYS = 400  # no question here is about a longer time


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days on which the company is closed, both ends included, and why."""

    first: date
    last: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When one company works. `closed_weekdays` counts from Monday = 0. `opened` are days on which
    it works although the rest says that it is closed. `obon` or `new_year` None: it has none."""

    timezone: str = "Asia/Tokyo"
    closed_weekdays: frozenset[int] = frozenset({5, 6})
    keeps_holidays: bool = True
    new_year: Span | None = NEW_YEAR
    obon: Span | None = OBON
    closed: tuple[ClosedDays, ...] = ()
    opened: tuple[date, ...] = ()
    opens: time = time(8, 30)
    closes: time = time(18, 0)

    def local(self, moment: datetime) -> datetime:
        """The moment in the company's own zone."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def closed_why(self, day: date) -> str:
        """Why the company is closed that day, in words; "" when it works."""
        return _closed_in(self, day.year).get(day, "")

    def is_open_day(self, day: date) -> bool:
        """True when people work that day."""
        return not self.closed_why(day)

    def is_open(self, moment: datetime) -> bool:
        """True in the opening hours of a working day."""
        local = self.local(moment)
        return self.opens <= local.time() < self.closes and self.is_open_day(local.date())

    def missed_days(self, since: datetime, now: datetime) -> int:
        """How many working days passed whole without anything, if it was heard last at `since`.

        The day of `since` does not count, and today only after closing time.
        """
        local = self.local(now)
        last = local.date() if local.time() >= self.closes else local.date() - _DAY
        return sum(
            1 for day in days(self.local(since).date() + _DAY, last) if self.is_open_day(day)
        )

    def next_opening(self, moment: datetime) -> datetime | None:
        """When the company opens next; None when it never does within a year."""
        local = self.local(moment)
        for day in days(local.date(), local.date() + timedelta(days=_MOST_DAYS)):
            opening = datetime.combine(day, self.opens, tzinfo=local.tzinfo)
            if opening > local and self.is_open_day(day):
                return opening
        return None


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included; the newest 400 of a longer time."""
    day = max(first, last - timedelta(days=_MOST_DAYS))
    while day <= last:
        yield day
        day += _DAY


@lru_cache(maxsize=4096)
def _closed_in(calendar: Calendar, year: int) -> dict[date, str]:
    """The closed days of a year. Asked for every source again and again, so kept."""
    holidays = dict(_holidays(year)) if calendar.keeps_holidays else {}
    found = {}
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        why = _why(calendar, day, holiday=holidays.get(day, ""))
        if why and day not in calendar.opened:
            found[day] = why
    return found


def _why(calendar: Calendar, day: date, *, holiday: str) -> str:
    own = next((each for each in calendar.closed if each.first <= day <= each.last), None)
    if own is not None:
        return own.name or "会社の休業日"
    if calendar.new_year and _within(day, calendar.new_year):
        return "年末年始"
    if calendar.obon and _within(day, calendar.obon):
        return "お盆"
    if holiday:
        return f"祝日（{holiday}）"
    if day.weekday() in calendar.closed_weekdays:
        return f"定休日（{_WEEKDAYS[day.weekday()]}）"
    return ""


def _within(day: date, span: Span) -> bool:
    """A span may go over the end of the year; no date is made, so 29 February needs no care."""
    first, last = span
    at = (day.month, day.day)
    return first <= at <= last if first <= last else at >= first or at <= last


@lru_cache(maxsize=32)
def _holidays(year: int) -> tuple[tuple[date, str], ...]:
    found = (
        (day, jpholiday.is_holiday_name(day)) for day in days(date(year, 1, 1), date(year, 12, 31))
    )
    return tuple((day, str(name)) for day, name in found if name)
