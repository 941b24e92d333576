"""The measures that ask "was it ever here before?": a table entry says of what.

State: one row of learning per scope and one small row per value. A flood of new values (random
MAC addresses) is told MOST_TOLD and remembered MOST_NEW times a day, so neither people nor the disk
drown: per scope at most MOST_NEW * MEMORY_DAYS rows of about 100 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from hinomi.detect.baselines.learning import Learning
from hinomi.detect.baselines.measure import MEMORY_DAYS, Difference, short_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.core.records import Event
    from hinomi.detect.baselines.measure import BaselineTeller, Memory, Sighting

MOST_TOLD, MOST_NEW = 5, 500  # of one scope and day


class Seen(msgspec.Struct, array_like=True):
    """A value's last day, as an ordinal."""

    last: int


class Holders(msgspec.Struct, array_like=True):
    """In which scopes of the company a value was seen: enough of them to call it common."""

    scopes: list[str]
    last: int


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """`usual` and `differs` are its words; `{shown}` stands for the value. `common_at`: a value
    that so many scopes of the company have is no news in the next one (0: always news)."""

    teller: BaselineTeller
    readers: Mapping[str, Callable[[Event], Sighting | None]]
    usual: str
    differs: str
    asked: str
    common_at: int = 0

    def judge(self, sighting: Sighting, memory: Memory) -> Difference | None:
        """See Measure. A sighting without a value only says that the scope is being watched."""
        group = short_key("value", sighting.scope, sighting.value)
        seen = memory.read(group, Seen) if sighting.value else None
        is_known = seen is not None and memory.day - seen.last <= MEMORY_DAYS
        has_learnt, new_before = _learn(sighting, memory, is_new=not is_known)
        if not sighting.value or new_before >= MOST_NEW:
            return None
        if seen is None or memory.day > seen.last:
            memory.write(group, Seen(memory.day), last_day=memory.day, days=MEMORY_DAYS)
        is_common = self._is_common(sighting, memory)
        if is_known or is_common or not has_learnt or new_before >= MOST_TOLD:
            return None
        return Difference(
            # Without the scope: what is usual on one PC need not be told of the next.
            key=short_key(sighting.value),
            usual=self.usual,
            differs=self.differs.format(shown=sighting.shown),
            asked=self.asked,
        )

    def _is_common(self, sighting: Sighting, memory: Memory) -> bool:
        """Whether enough other scopes had it before; this one is noted."""
        if not self.common_at:
            return False
        group = short_key("common", sighting.value)
        scope = short_key(sighting.scope)
        holders = memory.read(group, Holders) or Holders([], 0)
        if memory.day - holders.last > MEMORY_DAYS:
            holders = Holders([], 0)
        is_common = len(set(holders.scopes) - {scope}) >= self.common_at
        is_changed = memory.day > holders.last
        if scope not in holders.scopes and len(holders.scopes) <= self.common_at:
            holders.scopes.append(scope)
            is_changed = True
        if is_changed:
            holders.last = max(holders.last, memory.day)
            memory.write(group, holders, last_day=holders.last, days=MEMORY_DAYS)
        return is_common


def _scope(sighting: Sighting) -> str:
    return short_key("scope", sighting.scope, *([sighting.ear] if sighting.ear else []))


def _learn(sighting: Sighting, memory: Memory, *, is_new: bool) -> tuple[bool, int]:
    """Whether the scope had learnt before this day, and how many new values the day had so far."""
    group, day = _scope(sighting), memory.day
    learning = memory.read(group, Learning) or Learning()
    if learning.is_forgotten(day):
        learning = Learning()
    has_learnt, is_changed = learning.has_learnt(day), learning.see(day)
    is_counted = is_new and bool(sighting.value)
    new_before = learning.count_new(day) if is_counted else 0
    if is_changed or is_counted:
        memory.write(group, learning, last_day=learning.last, days=MEMORY_DAYS)
    return has_learnt, new_before
