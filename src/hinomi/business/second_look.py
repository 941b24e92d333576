"""Until when a second person must look at what one person closed at night. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NOON = time(12, 0)


def due_at(asked_at: datetime, *, timezone: str) -> datetime:
    """The next noon of the company's own zone: whoever comes in the morning has time to look."""
    local = asked_at.astimezone(ZoneInfo(timezone))
    noon = datetime.combine(local.date(), NOON, tzinfo=local.tzinfo)
    if local >= noon:
        noon = datetime.combine(local.date() + timedelta(days=1), NOON, tzinfo=local.tzinfo)
    return noon.astimezone(asked_at.tzinfo)
