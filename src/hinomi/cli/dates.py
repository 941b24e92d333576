"""Days and spans as people type them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from hinomi.core.errors import UsageError

FARTHEST = timedelta(days=366)
_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def last_day(text: str | None, *, now: datetime) -> datetime:
    """The end of that day, UTC. Nothing is allowed for ever: people forget."""
    if not text:
        raise UsageError("Until when?", advice="--until 2027-03-31")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", advice="e.g. 2027-03-31") from error
    until = datetime.combine(day + timedelta(days=1), time(0), UTC)
    if not now < until <= now + FARTHEST:
        raise UsageError("The last day lies within a year from today.")
    return until


def span(text: str) -> timedelta:
    """`30m`, `24h` or `3d`."""
    match = _SPAN.fullmatch(text)
    if match is None or not int(match[1]):
        raise UsageError(f"{text!r} is no span of time.", advice="e.g. 30m, 24h, 3d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
