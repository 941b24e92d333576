"""Was it us? When our own side slept, by what the worker wrote of each minute.

Nobody's silence is judged over our own sleep: what was sent meanwhile cannot be missed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from hinomi.core.clock import MovedClock
from hinomi.pipeline.worker_state import worker_troubles
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hinomi.store.health_rows import AwakeHour

Gap = tuple[datetime, datetime]

_BACK = timedelta(days=50)  # more than a monthly mail may take
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_GAP = 2  # minutes without a word of the worker
_PRESENT_GAP = 4  # it writes after the minute, and a long batch delays it
_WELL_MINUTES = 10
_WHOLE_HOUR = (1 << 60) - 1


class AwakeReader(Protocol):
    """What the pipeline knows of our own waking."""

    def awake(self, *, since: datetime, until: datetime) -> Sequence[AwakeHour]:
        """Minutes by hour."""
        ...


def own_gaps(reader: AwakeReader, *, started: datetime) -> tuple[Gap, ...]:
    """When what was sent did not reach us, oldest first. Before the first minute known we slept;
    where no worker ran yet, until `started`."""
    moment = now()
    last, gaps = _EVER, []
    for first, until in _awake_spans(reader, since=moment - _BACK, until=moment):
        if first - last > _MINUTE * _GAP * _rate():
            gaps.append((last, first))
        last = until
    if last == _EVER:
        return ((_EVER, started),)
    if moment - last >= _MINUTE * _PRESENT_GAP * _rate():
        gaps.append((last, moment))  # we sleep now: of what we cannot hear nothing can be said
    return tuple(gaps)


def slept_since(gaps: Sequence[Gap], moment: datetime) -> timedelta:
    """How long we slept after a moment."""
    overlaps = (end - max(start, moment) for start, end in gaps if end > moment)
    return sum(overlaps, timedelta(0))


def is_well(reader: AwakeReader) -> bool:
    """Our parts have done their work for ten minutes, as far as they can tell themselves."""
    moment = now()
    since = moment - _MINUTE * _WELL_MINUTES * _rate()
    spans = _awake_spans(reader, since=since - timedelta(hours=1), until=moment)
    awake = sum((end - max(start, since) for start, end in spans if end > since), timedelta(0))
    has_slept = awake < _MINUTE * (_WELL_MINUTES - _PRESENT_GAP)
    return not has_slept and not worker_troubles(configuration().data, now=moment)


def _awake_spans(reader: AwakeReader, *, since: datetime, until: datetime) -> Iterator[Gap]:
    """Spans in which both collect and a worker were awake. Almost every hour is whole."""
    for hour in reader.awake(since=since, until=until):
        bits = hour.collect_minutes & hour.worker_minutes
        if bits == _WHOLE_HOUR:
            yield hour.hour, hour.hour + timedelta(hours=1)
            continue
        for minute in range(60):
            if bits >> minute & 1:
                begin = hour.hour + _MINUTE * minute
                yield begin, begin + _MINUTE


def _rate() -> float:
    """A rehearsal's clock may run faster than the worker can write."""
    clock = configuration().clock
    return max(1.0, clock.rate) if isinstance(clock, MovedClock) else 1.0
