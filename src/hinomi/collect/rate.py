"""How much one source may send: a token bucket each, so that one flood does not drown the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Rates:
    """`monotonic` gives seconds. Sources that fell silent cost nothing for long."""

    def __init__(
        self, *, rate: float, burst: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._levels: dict[str, tuple[float, float]] = {}  # source → (records left, looked at)

    def wait_s(self, source: str, count: int) -> float:
        """0.0 and the records are counted; else seconds until they would be let in, not counted.

        A batch larger than the burst is let in when the bucket is full, else it never could be.
        """
        now = self._monotonic()
        left, looked_at = self._levels.get(source, (self._burst, now))
        left = min(self._burst, left + (now - looked_at) * self._rate)
        needed = min(float(count), self._burst)
        if left < needed:
            self._levels[source] = (left, now)
            return (needed - left) / self._rate
        self._levels[source] = (left - count, now)
        return 0.0

    def forget_idle(self) -> None:
        """Drop the buckets that are full again."""
        now = self._monotonic()
        full_after = self._burst / self._rate
        self._levels = {
            source: level for source, level in self._levels.items() if now - level[1] < full_after
        }
