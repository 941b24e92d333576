"""Times and dates as a person says them, in the company's own time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

_WEEKDAYS = "月火水木金土日"


def date_ja(moment: datetime, *, timezone: str) -> str:
    """「11月20日（金）」"""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local.month}月{local.day}日（{_WEEKDAYS[local.weekday()]}）"


def time_ja(moment: datetime, *, timezone: str) -> str:
    """「10時12分」"""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local.hour}時{local.minute:02d}分"


def moment_ja(moment: datetime, *, now: datetime, timezone: str) -> str:
    """「今日10時12分」, or with the date when it was not today: a text may be read tomorrow."""
    zone = ZoneInfo(timezone)
    clock = time_ja(moment, timezone=timezone)
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return f"今日{clock}"
    return f"{date_ja(moment, timezone=timezone)}{clock}"
