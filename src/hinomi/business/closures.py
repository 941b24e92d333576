"""The long holidays of a company: Golden Week, お盆, the turn of the year. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.business.working_days import NEW_YEAR, OBON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.business.working_days import Calendar, Span

_DAY = timedelta(days=1)
ASKED_BEFORE = timedelta(days=14)
_LONGEST = 60  # a run of closed days beyond this is no holiday


class Season(StrEnum):
    """The three times at which a company's people are away for long."""

    GOLDEN_WEEK = "golden_week"
    OBON = "obon"
    NEW_YEAR = "new_year"

    @property
    def ja(self) -> str:
        """The word on screens."""
        return _SEASONS[self]


_SEASONS = {
    Season.GOLDEN_WEEK: "ゴールデンウイーク",
    Season.OBON: "お盆",
    Season.NEW_YEAR: "年末年始",
}
_GOLDEN_WEEK: Span = ((5, 3), (5, 5))


@dataclass(frozen=True, slots=True)
class Closure:
    """One long holiday: the first and the last closed day. `year` is the year it begins in."""

    season: Season
    year: int
    first: date
    last: date

    @property
    def key(self) -> str:
        """Names it for the company, e.g. `new_year-2026`."""
        return f"{self.season}-{self.year}"

    @property
    def asked_on(self) -> date:
        """The day on which the company is asked."""
        return self.first - ASKED_BEFORE


def closures(calendar: Calendar, *, year: int) -> Iterator[Closure]:
    """The long holidays that begin in the year, as the company's calendar has them; the usual days
    where it has none, because the company may never have said anything."""
    spans = {
        Season.GOLDEN_WEEK: _GOLDEN_WEEK,
        Season.OBON: calendar.obon or OBON,
        Season.NEW_YEAR: calendar.new_year or NEW_YEAR,
    }
    for season, span in spans.items():
        first, last = _dates(span, year)
        run = _closed_run(calendar, first, last)
        yield Closure(season, year, *(run or (first, last)))


def asked_today(calendar: Calendar, *, today: date) -> list[Closure]:
    """The holidays about which the company should have been asked by now and that are not over."""
    years = (today.year - 1, today.year, today.year + 1)
    found = (each for year in years for each in closures(calendar, year=year))
    return [each for each in found if each.asked_on <= today <= each.last]


def first_working_day(calendar: Calendar, *, after: date) -> date | None:
    """The first day after `after` on which the company works; None: within two months none."""
    coming = (after + n * _DAY for n in range(1, _LONGEST + 1))
    return next((day for day in coming if calendar.is_open_day(day)), None)


def _dates(span: Span, year: int) -> tuple[date, date]:
    """A span that is over before it begins ends in the next year; one in January began there."""
    (month, day), (last_month, last_day) = span
    end_year = year if (last_month, last_day) >= (month, day) else year + 1
    return _date(year, month, day), _date(end_year, last_month, last_day)


def _date(year: int, month: int, day: int) -> date:
    """29 February of a common year is 1 March."""
    if (month, day) == (2, 29):
        return date(year, 2, 28) + _DAY
    return date(year, month, day)


def _closed_run(calendar: Calendar, first: date, last: date) -> tuple[date, date] | None:
    """The whole run of closed days around the first closed one of these."""
    day = first
    while calendar.is_open_day(day):
        day += _DAY
        if day > last:
            return None
    begin = end = day
    for _ in range(_LONGEST):
        if calendar.is_open_day(begin - _DAY):
            break
        begin -= _DAY
    for _ in range(_LONGEST):
        if calendar.is_open_day(end + _DAY):
            break
        end += _DAY
    return begin, end
