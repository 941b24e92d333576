"""A machine calls one address outside that the company hardly knows, evenly, for hours.

That is how a remote-controlled PC asks for orders, and how some honest software asks for updates:
an address known from the learning time, or called by several PCs, is never told.
State: one row per address new to the company (about 100 bytes, at most MOST_NEW a day) and one per
machine and such address (at most 400 bytes, gone two days after the last call).
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from hinomi.detect.baselines.flows import FLOWS
from hinomi.detect.baselines.learning import Learning
from hinomi.detect.baselines.measure import (
    MEMORY_DAYS,
    BaselineTeller,
    Difference,
    Sighting,
    short_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.baselines.flows import Flow
    from hinomi.detect.baselines.measure import Memory

CALLS_KEPT = 24  # the newest of one machine to one address
LEAST_CALLS = 12
LEAST_HOURS = 8  # of the clock, with a call in them: a page left open polls for less
LEAST_INTERVAL_S, LONGEST_INTERVAL_S = 20, 2 * 3_600
EVENNESS, TOLERANCE = 0.8, 0.2  # so many intervals lie within so much of the middle one
MOST_MACHINES = 2  # that call a rare address
MOST_NEW = 5_000  # addresses of one company and day
_CALM_S = 2 * 86_400
_CALM_DAYS, _TOLD_DAYS = 3, 30
_ROUTINE_PORTS = frozenset({"53", "123"})  # names and time are asked for evenly by everything


class Address(msgspec.Struct, array_like=True):
    """An address outside. `first` and `last` are days, `machines` the first that called it."""

    first: int
    last: int
    machines: list[str]


class Calls(msgspec.Struct, array_like=True):
    """Of one machine to one address, in seconds and hours since 1970, oldest first."""

    times: list[int] = msgspec.field(default_factory=list)
    hours: list[int] = msgspec.field(default_factory=list)
    told: int = 0

    def add(self, second: int) -> None:
        """Put a call into its place; what lies two days before the newest is forgotten."""
        insort(self.times, second)
        hour = second // 3_600
        if hour not in self.hours:
            insort(self.hours, hour)
        oldest = self.times[-1] - _CALM_S
        self.times = [each for each in self.times if each >= oldest][-CALLS_KEPT:]
        self.hours = [each for each in self.hours if each >= oldest // 3_600][-CALLS_KEPT:]

    def is_even(self) -> bool:
        """Whether the calls go on for hours at nearly the same interval."""
        return len(self.hours) >= LEAST_HOURS and interval_of(self.times) is not None


def interval_of(times: Sequence[int]) -> int | None:
    """The middle interval in seconds, when the calls are many and even; else None."""
    if len(times) < LEAST_CALLS:
        return None
    gaps = [later - sooner for sooner, later in pairwise(times)]
    middle = median(gaps)
    even = sum(abs(gap - middle) <= TOLERANCE * middle for gap in gaps)
    is_even = even >= EVENNESS * len(gaps)
    return int(middle) if is_even and LEAST_INTERVAL_S <= middle <= LONGEST_INTERVAL_S else None


@dataclass(frozen=True, slots=True)
class Beaconing:
    """Told once per machine and address in a month."""

    teller: BaselineTeller
    readers: Mapping[str, Callable[[Event], Sighting | None]]

    def judge(self, sighting: Sighting, memory: Memory) -> Difference | None:
        """See Measure."""
        if not _is_rare(sighting, memory):
            return None
        group, day = short_key("calls", sighting.scope, sighting.value), memory.day
        calls = memory.read(group, Calls) or Calls()
        calls.add(int(memory.local.timestamp()))
        is_told = calls.told and day - calls.told <= _TOLD_DAYS
        is_news = not is_told and calls.is_even()
        if is_news:
            calls.told = day
        kept = _TOLD_DAYS if calls.told else _CALM_DAYS
        memory.write(group, calls, last_day=day, days=kept)
        return _difference(sighting, calls) if is_news else None


def _is_rare(sighting: Sighting, memory: Memory) -> bool:
    """First called after the learning time, and by few machines. Notes this call."""
    day = memory.day
    learning = memory.read("learning", Learning) or Learning()
    if learning.is_forgotten(day):
        learning = Learning()
    is_changed = learning.see(day)
    group = short_key("address", sighting.value)
    address = memory.read(group, Address)
    new_before = 0
    if address is None or day - address.last > MEMORY_DAYS:
        address, new_before, is_changed = Address(day, 0, []), learning.count_new(day), True
    if is_changed:
        memory.write("learning", learning, last_day=learning.last, days=MEMORY_DAYS)
    if new_before >= MOST_NEW:
        return False
    machine = short_key(sighting.scope)
    is_other = machine not in address.machines and len(address.machines) <= MOST_MACHINES
    if is_other or day > address.last or day < address.first:
        machines = [*address.machines, machine] if is_other else address.machines
        address = Address(min(address.first, day), max(address.last, day), machines)
        memory.write(group, address, last_day=address.last, days=MEMORY_DAYS)
    return learning.has_learnt(address.first) and len(address.machines) <= MOST_MACHINES


def _difference(sighting: Sighting, calls: Calls) -> Difference:
    interval = interval_of(calls.times) or 0
    spoken = f"{round(interval / 60)}分" if interval >= 90 else f"{interval}秒"
    return Difference(
        key=short_key(sighting.scope, sighting.value),
        usual="つながらない相手",
        differs=f"{spoken}おきに{len(calls.times)}回以上の通信",
        asked=f"every {interval} s, in {len(calls.hours)} hours, to an address that at most "
        f"{MOST_MACHINES} machines of the company call",
    )


def _read(flow_of: Callable[[Event], Flow | None], event: Event) -> Sighting | None:
    flow = flow_of(event)
    if flow is None or not flow.is_new or flow.port in _ROUTINE_PORTS:
        return None
    return Sighting(flow.device.lower(), flow.destination, flow.destination, flow.source_field,
                    slots={"device": flow.device})  # fmt: skip


BEACONING = Beaconing(
    teller=BaselineTeller(
        id="baseline-beaconing",
        title="A machine calls a rare address at even intervals",
        case="unusual_traffic",
        title_ja="同じ間かくで続く通信",
        tags=("attack.command-and-control", "attack.t1071"),
    ),
    readers={shape: partial(_read, flow_of) for shape, flow_of in FLOWS.items()},
)
