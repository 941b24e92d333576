"""Times of duty in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localtime

from hinomi.portal.ui.moments import day_ja

if TYPE_CHECKING:
    from datetime import date, datetime

    from hinomi.business.rota import Span

_WEEKDAYS = "月火水木金土日"
_DAY = timedelta(days=1)


def hour_ja(moment: datetime) -> str:
    """「22時」, 「8時30分」."""
    local = localtime(moment)
    return f"{local.hour}時{local.minute:02d}分" if local.minute else f"{local.hour}時"


def span_ja(span: Span) -> str:
    """「11月24日（火）22時から25日（水）6時まで」; the end of a day is its 24時."""
    last = localtime(span.ends)
    if last.hour == last.minute == 0:
        day = last.date() - _DAY
        end = "24時" if day == localtime(span.starts).date() else f"{short_day_ja(day)}24時"
        return f"{day_ja(span.starts)}{hour_ja(span.starts)}から{end}まで"
    same = last.date() == localtime(span.starts).date()
    end = hour_ja(span.ends) if same else f"{short_day_ja(last.date())}{hour_ja(span.ends)}"
    return f"{day_ja(span.starts)}{hour_ja(span.starts)}から{end}まで"


def short_day_ja(day: date) -> str:
    """「11月25日（水）」."""
    return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def hours_on(day: date, starts: datetime, ends: datetime) -> str:
    """「18:00–翌8:30」, as a day's cell has it; what began the day before begins with 前日."""
    begin, end = localtime(starts), localtime(ends)
    first = f"{begin:%H:%M}" if begin.date() == day else f"前日{begin:%H:%M}"
    if end.date() == day:
        return f"{first}–{end:%H:%M}"
    return f"{first}–翌{end:%H:%M}" if end.date() == day + _DAY else f"{first}–"
