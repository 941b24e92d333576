"""Event ids in bulk: ULIDs that rise inside a process, many per drawn random number.

Drawing 80 bits and spelling 26 letters for each record cost more than everything else collect does
with it; here a run shares its first 22 letters and the last four are counted.
"""

from __future__ import annotations

import secrets

from hinomi.core.ids import ulid

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _LETTERS for low in _LETTERS]
_RUN = len(_PAIRS) ** 2  # what four letters can count


class EventIds:
    """Not for two threads at once. Ids sort by time, and by order of giving within one process."""

    def __init__(self) -> None:
        self._time_ms = 0
        self._high = 0  # the upper 60 of the 80 random bits

    def take(self, count: int, *, time_ms: int) -> list[str]:
        """`count` new ids for records that arrived at `time_ms`."""
        ids: list[str] = []
        while len(ids) < count:
            prefix = self._prefix(time_ms)
            run = min(count - len(ids), _RUN)
            ids += [prefix + _PAIRS[n >> 10] + _PAIRS[n & 1023] for n in range(run)]
        return ids

    def _prefix(self, time_ms: int) -> str:
        if time_ms == self._time_ms:
            self._high = (self._high + 1) & ((1 << 60) - 1)
        else:
            self._time_ms, self._high = time_ms, secrets.randbits(59)
        return ulid(time_ms=time_ms, randomness=self._high << 20)[:22]
