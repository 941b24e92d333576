"""Times in words. Stored in UTC, shown in the portal's zone (JST)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.timezone import localtime

if TYPE_CHECKING:
    from datetime import datetime

_WEEKDAYS = "月火水木金土日"
_STEPS = ((86_400, "日"), (3_600, "時間"), (60, "分"))


def clock_ja(moment: datetime) -> str:
    """「10時12分」."""
    local = localtime(moment)
    return f"{local.hour}時{local.minute:02d}分"


def day_ja(moment: datetime) -> str:
    """「11月20日（金）」."""
    local = localtime(moment)
    return f"{local.month}月{local.day}日（{_WEEKDAYS[local.weekday()]}）"


def moment_ja(moment: datetime) -> str:
    """「11月20日（金）10時12分」."""
    return day_ja(moment) + clock_ja(moment)


def month_ja(moment: datetime) -> str:
    """「2026年11月」."""
    local = localtime(moment)
    return f"{local.year}年{local.month}月"


def stamp(moment: datetime) -> str:
    """`2026-11-20 10:12:33 JST`, for the console."""
    return f"{localtime(moment):%Y-%m-%d %H:%M:%S %Z}"


def age_ja(moment: datetime, *, now: datetime) -> str:
    """「3分前」; a moment ahead of `now` counts as just now (clocks differ by seconds)."""
    seconds = (now - moment).total_seconds()
    for length, word in _STEPS:
        if seconds >= length:
            return f"{int(seconds // length)}{word}前"
    return "たった今"
