"""By which day a question is answered: 「平日は当日中」 on a calendar of working days. Pure.

A day, never a clock time: a clock time is promised only by a booked duty slot.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hinomi.business.working_days import days

if TYPE_CHECKING:
    from datetime import date

    from hinomi.business.working_days import Calendar

# What is asked later in the day is read that day, but its answer may need somebody who went home.
SAME_DAY_UNTIL = time(15, 0)
_HORIZON = timedelta(days=60)


def reply_day(asked_at: datetime, *, calendar: Calendar) -> date | None:
    """The day on which the answer is due; None when nobody works for two months."""
    local = calendar.local(asked_at)
    first = local.date() if local.time() < SAME_DAY_UNTIL else local.date() + timedelta(days=1)
    open_days = (day for day in days(first, first + _HORIZON) if calendar.is_open_day(day))
    return next(open_days, None)


def end_of(day: date, *, calendar: Calendar) -> datetime:
    """The closing time of that day: after it a promised answer is late."""
    return datetime.combine(day, calendar.closes, tzinfo=ZoneInfo(calendar.timezone))
