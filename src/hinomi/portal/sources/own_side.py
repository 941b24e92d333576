"""Was it us? When our own side slept, by what the worker wrote of each minute.

Nobody's silence is judged over our own sleep: a restart, a dead worker, a machine that stood still.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from hinomi.core.clock import MovedClock
from hinomi.pipeline.worker_state import worker_troubles
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.store.health_rows import AwakeHour

_BACK = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
_GAP = 2  # minutes without a word of the worker
_PRESENT_GAP = 4  # it writes after the minute, and a long batch delays it
_WELL_MINUTES = 10


class AwakeReader(Protocol):
    """What the pipeline knows of our own waking."""

    def awake(self, *, since: datetime, until: datetime) -> Sequence[AwakeHour]:
        """Minutes by hour."""
        ...


def listening_since(reader: AwakeReader, *, started: datetime) -> datetime:
    """Since when what is sent reaches us without a break; never before `started`."""
    moment = now()
    awake = _awake_minutes(reader, until=moment)
    if not awake:
        return started  # no worker has run here yet
    if moment - awake[-1] >= _MINUTE * _PRESENT_GAP * _rate():
        return moment  # we sleep now: of what we cannot hear nothing can be said
    begun = awake[0]
    for before, minute in itertools.pairwise(awake):
        if minute - before > _MINUTE * _GAP * _rate():
            begun = minute
    return max(started, begun)


def is_well(reader: AwakeReader) -> bool:
    """Our parts have done their work for ten minutes, as far as they can tell themselves."""
    moment = now()
    since = moment - _MINUTE * _WELL_MINUTES * _rate()
    awake = [minute for minute in _awake_minutes(reader, until=moment) if minute >= since]
    has_slept = len(awake) < _WELL_MINUTES - _PRESENT_GAP
    return not has_slept and not worker_troubles(configuration().data, now=moment)


def _awake_minutes(reader: AwakeReader, *, until: datetime) -> list[datetime]:
    """The minutes in which both collect and a worker were awake, oldest first."""
    hours = reader.awake(since=until - _BACK, until=until)
    return [
        hour.hour + _MINUTE * minute
        for hour in hours
        for minute in range(60)
        if (hour.collect_minutes & hour.worker_minutes) >> minute & 1
    ]


def _rate() -> float:
    """A rehearsal's clock may run faster than the worker can write."""
    clock = configuration().clock
    return max(1.0, clock.rate) if isinstance(clock, MovedClock) else 1.0
