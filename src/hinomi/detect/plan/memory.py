"""The bound on everything the matcher remembers: when it is reached, all of it is forgotten.

What streams bring is chosen by attackers, so nothing may grow with it. Forgetting costs a few
milliseconds of looking again; keeping the newest would cost time on every event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 64 * 1024 * 1024
_OVERHEAD = 150  # of one dictionary entry with its objects


class Memory:
    """Counts what is remembered, in bytes as good as they can be guessed.

    `forget` empties every table; it is called in the midst of a batch, so each table must bear
    that any entry is gone after any `take`. What one batch brings may go beyond the bound.
    """

    def __init__(self, forget: Callable[[], None], most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._left = most_bytes
        self._forget = forget
        self.times_forgotten = 0

    def take(self, size_bytes: int, *, entries: int = 1) -> None:
        """More entries, of this size together, in some table."""
        self._left -= size_bytes + entries * _OVERHEAD
        if self._left < 0:
            self._left = self._most
            self.times_forgotten += 1
            self._forget()
