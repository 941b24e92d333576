"""Fair shares of something bounded: whoever takes much leaves room for those who come next.

The first half is for whoever comes. Beyond it, with n holders, only those are let in that hold less
than an (n + 1)th, so that one alone can never take it all. The first thing of a holder is let in
whatever its size, as long as the bound itself is kept.
"""

from __future__ import annotations


class Shares:
    """Amounts by holder. Not for two threads at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[str, int] = {}
        self.total = 0

    def take(self, holder: str, amount: int) -> bool:
        """Count it and say True; False when it is too much now, and nothing was counted."""
        held = self._held.get(holder, 0)
        holders = len(self._held) + (holder not in self._held)
        is_within_share = held + amount <= self._most // (holders + 1)
        is_first = held == 0
        is_roomy = self.total + amount <= self._most // 2
        is_within_bound = self.total + amount <= self._most or self.total == 0
        if not is_within_bound or not (is_roomy or is_within_share or is_first):
            return False
        self._held[holder] = held + amount
        self.total += amount
        return True

    def give_back(self, holder: str, amount: int) -> None:
        """What `take` counted."""
        self.total -= amount
        left = self._held.get(holder, 0) - amount
        if left > 0:
            self._held[holder] = left
        else:
            self._held.pop(holder, None)
