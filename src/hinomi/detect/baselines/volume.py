"""A machine sends far more to the outside in a day than on its own other days.

Compared with the median of its earlier days and how much they usually scatter (MAD). Days without
traffic are no days. State: one row of at most KEPT_DAYS sums per machine (about 250 bytes).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from hinomi.detect.baselines.flows import FLOWS
from hinomi.detect.baselines.measure import (
    LEARNING_DAYS,
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

KEPT_DAYS = 28
LEAST_BYTES = 500_000_000  # a day below this is never news: one backup of a phone's pictures
LEAST_TIMES = 3  # the median
SCATTERS = 8  # this many usual scatters above the median
_TO_SIGMA = 1.4826  # MAD → standard deviation, where days scatter normally
_LEAST_SCATTER = 0.1  # of the median: days that are all alike would make anything news
_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


class Days(msgspec.Struct, array_like=True):
    """`sums`: day → bytes sent, the newest KEPT_DAYS days. `told`: days told of."""

    sums: dict[int, int] = msgspec.field(default_factory=dict)
    told: list[int] = msgspec.field(default_factory=list)

    def add(self, day: int, sent: int) -> bool:
        """Add to the day; False when the day is too old to be kept."""
        self.sums[day] = self.sums.get(day, 0) + sent
        if len(self.sums) > KEPT_DAYS:
            oldest = min(self.sums)
            del self.sums[oldest]
            self.told = [each for each in self.told if each > oldest]
        return day in self.sums

    def before(self, day: int) -> list[int]:
        """The sums of the days before it."""
        return [sent for each, sent in self.sums.items() if each < day]


def most_usual(sums: Sequence[int]) -> float:
    """More than this is news after days like these."""
    middle = median(sums)
    scatter = median(abs(each - middle) for each in sums) * _TO_SIGMA
    highest = middle + SCATTERS * max(scatter, _LEAST_SCATTER * middle)
    return max(highest, LEAST_TIMES * middle, LEAST_BYTES)


@dataclass(frozen=True, slots=True)
class Volume:
    """Told once per machine and day, at the record that makes it too much."""

    teller: BaselineTeller
    readers: Mapping[str, Callable[[Event], Sighting | None]]

    def judge(self, sighting: Sighting, memory: Memory) -> Difference | None:
        """See Measure."""
        group, day = short_key("days", sighting.scope), memory.day
        days = memory.read(group, Days) or Days()
        is_kept = days.add(day, sighting.amount)
        earlier = days.before(day)
        is_news = (
            is_kept
            and day not in days.told
            and days.sums[day] > LEAST_BYTES
            and len(earlier) >= LEARNING_DAYS
            and days.sums[day] > most_usual(earlier)
        )
        if is_news:
            days.told.append(day)
        memory.write(group, days, last_day=max(days.sums), days=MEMORY_DAYS)
        return _difference(sighting, days.sums[day], median(earlier)) if is_news else None


def _difference(sighting: Sighting, sent: int, middle: float) -> Difference:
    """A person confirms the size, to within a power of two: twice as much is told again."""
    return Difference(
        key=short_key(sighting.scope, str(sent.bit_length())),
        usual=f"1日に{_size(middle)}くらい",
        differs=f"1日で{_size(sent)}以上",
        asked=f"bytes out of one machine in a day > {SCATTERS} usual scatters above its median",
    )


def _size(count: float) -> str:
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + name
    return "1kB"


def _read(flow_of: Callable[[Event], Flow | None], event: Event) -> Sighting | None:
    flow = flow_of(event)
    if flow is None or not flow.sent:
        return None
    return Sighting(flow.device.lower(), flow.device.lower(), flow.device, flow.source_field,
                    amount=flow.sent, slots={"device": flow.device})  # fmt: skip


VOLUME = Volume(
    teller=BaselineTeller(
        id="baseline-volume",
        title="A machine sends far more than on its other days",
        case="unusual_traffic",
        title_ja="ふだんより多い送信",
        tags=("attack.exfiltration", "attack.t1048"),
    ),
    readers={shape: partial(_read, flow_of) for shape, flow_of in FLOWS.items()},
)
