"""How long a measure has watched: the first days on which it saw anything, and new things a day.

Only the LEARNING_DAYS smallest days are kept. That is enough to answer exactly, in any order of
arrival, whether so many distinct days lie before a given one.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

from hinomi.detect.baselines.measure import LEARNING_DAYS, MEMORY_DAYS

MOST_DAYS_COUNTED = 30  # for which new things are counted; a thing later than that is let go by
BEYOND = 1 << 30  # more than any limit


class Learning(msgspec.Struct, array_like=True):
    """Of one scope. Days are ordinals; `new` counts values first seen on each of the last days."""

    days: list[int] = msgspec.field(default_factory=list)
    last: int = 0
    new: dict[int, int] = msgspec.field(default_factory=dict)

    def has_learnt(self, day: int) -> bool:
        """Whether enough distinct days before this one had events."""
        return bisect_left(self.days, day) >= LEARNING_DAYS

    def see(self, day: int) -> bool:
        """Note that there was an event on the day; whether that changed anything."""
        before = (len(self.days), self.last, self.days[-1:])
        place = bisect_left(self.days, day)
        if self.days[place : place + 1] != [day]:
            insort(self.days, day)
            del self.days[LEARNING_DAYS:]
        self.last = max(self.last, day)
        return before != (len(self.days), self.last, self.days[-1:])

    def is_forgotten(self, day: int) -> bool:
        """Nothing for so long that what was normal then says nothing now."""
        return bool(self.last) and day - self.last > MEMORY_DAYS

    def count_new(self, day: int) -> int:
        """How many new values that day had before this one; BEYOND for a day no longer counted."""
        if len(self.new) >= MOST_DAYS_COUNTED and day < min(self.new):
            return BEYOND
        count = self.new.get(day, 0)
        self.new[day] = count + 1
        if len(self.new) > MOST_DAYS_COUNTED:
            del self.new[min(self.new)]
        return count
