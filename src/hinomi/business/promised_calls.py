"""By when a call can be promised: deadlines that people can read, and their half hours. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAD = timedelta(minutes=15)  # nobody is promised a call sooner: the desk must see it first
STEP = timedelta(minutes=10)  # 10:40 is a time to tell; 10:43 is not
HALF_HOUR = timedelta(minutes=30)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MOST = 24 * 6 * 7  # a week of steps; no promise is longer


def deadlines(*, earliest: datetime, latest: datetime) -> Iterator[datetime]:
    """The times by which a call may be promised, soonest first."""
    steps = -((_EPOCH - earliest - LEAD) // STEP)
    at = _EPOCH + steps * STEP
    for _ in range(_MOST):
        if at > latest:
            return
        yield at
        at += STEP


def half_hour_of(deadline: datetime) -> datetime:
    """The half hour in which the call is made: a deadline at 11:00 belongs to 10:30."""
    return _EPOCH + (deadline - timedelta(seconds=1) - _EPOCH) // HALF_HOUR * HALF_HOUR
