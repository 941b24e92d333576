"""Remembers when our own side was awake, minute by minute: coverage is never claimed for our sleep.

A worker that looks is awake; collect is awake while its process lives. Gaps are what nobody wrote.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.clock import MovedClock
from hinomi.store.health_rows import AwakeHour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.core.clock import Clock
    from hinomi.store.pipeline_writer import PipelineWriter

_MINUTE = timedelta(minutes=1)
_LONGEST_LOOK = timedelta(seconds=90)  # a batch may take a minute; what is longer was a gap


class Awake:
    """Writes each minute once. `look` is called about every second."""

    def __init__(self, data: Path, *, store: PipelineWriter, clock: Clock) -> None:
        self._ready = data / "run" / "collect.json"
        self._store, self._clock = store, clock
        self._last: datetime | None = None
        # A rehearsal's clock may run faster than ours.
        self._longest = _LONGEST_LOOK * (clock.rate if isinstance(clock, MovedClock) else 1.0)

    def look(self) -> None:
        """Add the minutes since the last look, unless they were slept through."""
        now = self._clock.now().astimezone(UTC).replace(second=0, microsecond=0)
        if now == self._last:
            return
        collect = _is_alive(self._ready)
        for hour, minutes in _bits(self._since(now), now).items():
            self._store.note_awake(AwakeHour(hour, minutes if collect else 0, minutes))
        self._last = now

    def _since(self, now: datetime) -> datetime:
        last = self._last
        if last is None or not last < now <= last + self._longest:
            return now  # the start, a sleep or a clock that jumped: only this minute is known
        return last + _MINUTE


def _bits(first: datetime, last: datetime) -> dict[datetime, int]:
    bits: dict[datetime, int] = defaultdict(int)
    for moment in _minutes(first, last):
        bits[moment.replace(minute=0)] |= 1 << moment.minute
    return bits


def _minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += _MINUTE


def _is_alive(ready: Path) -> bool:
    try:
        os.kill(int(json.loads(ready.read_text())["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True
