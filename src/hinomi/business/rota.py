"""Who is on duty when: a weekly pattern laid out over days, its gaps, and changes to it. Pure.

Times are aware moments; days are days in Japan, which has no summer time. A duty holds from its
beginning until before its end, so two that touch leave no hole and never hold together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hinomi.business.working_days import Calendar, days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

JAPAN = ZoneInfo("Asia/Tokyo")
DAY_MINUTES = 24 * 60
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_FIRST_MONDAY = date(2024, 1, 1)  # weeks alternate from here; ISO numbers would repeat 53, 1
# Public holidays and the days around New Year: nobody's ordinary week.
_HOLIDAYS = Calendar(closed_weekdays=frozenset(), obon=None)
_YEAR_END = ((12, 29), (1, 3))


class Order(StrEnum):
    """Who is rung first, who after them, and who answers for it."""

    FIRST = "first"
    SECOND = "second"
    CHIEF = "chief"

    @property
    def ja(self) -> str:
        """The word on screens."""
        return _ORDERS[self]


_ORDERS = {Order.FIRST: "一番手", Order.SECOND: "二番手", Order.CHIEF: "責任者"}


class Weeks(StrEnum):
    """In which weeks a line of the pattern holds."""

    EVERY = "every"
    A = "a"
    B = "b"


class Holidays(StrEnum):
    """What a line does on public holidays and from 29 December to 3 January."""

    ALSO = "also"
    NOT = "not"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts` until before `ends`."""

    starts: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """True while it lasts."""
        return self.starts <= moment < self.ends

    def touches(self, other: Span) -> bool:
        """True when the two have some time in common."""
        return self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True, slots=True)
class Duty:
    """One person (or partner, `who` names either) on duty for a time."""

    order: Order
    span: Span
    who: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the weekly pattern. `weekday` None: every day. A night begins on its weekday and
    ends on the next. `first` and `last` are the days on which the line holds at all."""

    order: Order
    starts: time
    minutes: int
    who: str
    weekday: int | None = None
    weeks: Weeks = Weeks.EVERY
    holidays: Holidays = Holidays.ALSO
    phone: str = ""
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a duty of this line begins that day."""
        return (
            self.weekday in (None, day.weekday())
            and self.weeks in (Weeks.EVERY, week_letter(day))
            and (self.holidays is Holidays.ALSO or (self.holidays is Holidays.ONLY) is rest(day))
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )

    def on(self, day: date) -> Duty:
        """The duty that begins that day."""
        starts = datetime.combine(day, self.starts, tzinfo=JAPAN)
        span = Span(starts, starts + timedelta(minutes=self.minutes))
        return Duty(self.order, span, self.who, self.phone)


def lay(pattern: Iterable[Line], *, first: date, last: date) -> list[Duty]:
    """The duties that begin on the days from `first` to `last`, in order. Where lines overlap, the
    more particular one holds: holidays before weekdays before every day, A or B before every week.
    """
    lines = sorted(pattern, key=_particular)
    found = (line.on(day) for line in lines for day in days(first, last) if line.holds_on(day))
    return overlay(found)


def overlay(duties: Iterable[Duty]) -> list[Duty]:
    """Of duties of one order that overlap the later given holds; of the other what is left."""
    held: list[Duty] = []
    for duty in duties:
        held = [
            replace(each, span=span)
            for each in held
            for span in (
                left_of(each.span, without=duty.span) if each.order is duty.order else [each.span]
            )
        ]
        held.append(duty)
    return sorted(held, key=lambda duty: (duty.span.starts, duty.order, duty.who))


def _particular(line: Line) -> tuple[bool, bool, bool]:
    return (
        line.holidays is Holidays.ONLY,
        line.weekday is not None,
        line.weeks is not Weeks.EVERY,
    )


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def week_letter(day: date) -> Weeks:
    """A or B in turn, also over the year's end."""
    return Weeks.A if (week_of(day) - _FIRST_MONDAY) // _WEEK % 2 == 0 else Weeks.B


def rest(day: date) -> bool:
    """True on public holidays and around New Year."""
    return not _HOLIDAYS.is_open_day(day)


def is_year_end(day: date) -> bool:
    """True from 29 December to 3 January."""
    return (day.month, day.day) >= _YEAR_END[0] or (day.month, day.day) <= _YEAR_END[1]


def span_of_days(first: date, last: date) -> Span:
    """From midnight to midnight in Japan, both days included."""
    midnight = datetime.combine(first, time(), tzinfo=JAPAN)
    return Span(midnight, midnight + (last - first + _DAY))


def gaps(spans: Iterable[Span], *, within: Span) -> list[Span]:
    """The times in `within` that no span covers."""
    found, at = [], within.starts
    for span in sorted(spans, key=lambda each: each.starts):
        if span.starts > at and at < within.ends:
            found.append(Span(at, min(span.starts, within.ends)))
        at = max(at, span.ends)
    if at < within.ends:
        found.append(Span(at, within.ends))
    return found


def doubles(spans: Iterable[Span]) -> list[Span]:
    """The times that two spans claim."""
    found, end = [], None
    for span in sorted(spans, key=lambda each: each.starts):
        if end is not None and span.starts < end:
            found.append(Span(span.starts, min(end, span.ends)))
        end = span.ends if end is None else max(end, span.ends)
    return found


def left_of(span: Span, *, without: Span) -> list[Span]:
    """What is left of a span when a time is taken out of it: nothing, one piece or two."""
    if not span.touches(without):
        return [span]
    before = Span(span.starts, max(span.starts, without.starts))
    after = Span(min(span.ends, without.ends), span.ends)
    return [each for each in (before, after) if each.starts < each.ends]


def stretches(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that touch or overlap become one."""
    current: Span | None = None
    for span in sorted(spans, key=lambda each: each.starts):
        if current is not None and span.starts <= current.ends:
            current = Span(current.starts, max(current.ends, span.ends))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current
