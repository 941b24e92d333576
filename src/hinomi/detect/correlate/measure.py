"""The number a correlation measures in one window, and whether its condition is met.

Judged at each hit, on what the window that ends there holds: so `lt` and `eq` speak of the hits so
far, never of a window that is still open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hinomi.detect.correlate.correlation import Bounds, Correlation, Expression, Kind

if TYPE_CHECKING:
    from hinomi.detect.correlate.correlation import Branch
    from hinomi.detect.correlate.window import Occurrence

Part = Sequence["Occurrence"]


def is_met(one: Correlation, hits: Part, first: int, last: int) -> bool:
    """Whether the condition is true of the hits from place `first` to place `last`."""
    if isinstance(one.condition, Bounds):
        return one.condition.hold(measured(one, hits, first, last))
    parts = [hits[place].part for place in range(first, last + 1)]
    ordered = one.kind is Kind.TEMPORAL_ORDERED
    return any(_fits(branch, parts, ordered=ordered) for branch in one.condition.branches)


def measured(one: Correlation, hits: Part, first: int, last: int) -> float:
    """The number that the condition compares; for an expression, how many rules took part."""
    if one.kind is Kind.EVENT_COUNT:
        return last - first + 1
    within = hits[first : last + 1]
    if isinstance(one.condition, Expression):
        return len({hit.part for hit in within})
    return _MEASURES[one.kind](within, one)


def _fits(branch: Branch, parts: Sequence[int], *, ordered: bool) -> bool:
    if not branch.absent.isdisjoint(parts):
        return False
    if not ordered:
        return set(branch.present) <= set(parts)
    seen = iter(parts)
    return all(part in seen for part in branch.present)  # `in` reads on from where it stopped


def _in_order(within: Part, _: Correlation) -> int:
    """How many rules came in the order in which the correlation names them."""
    longest: dict[int, int] = {}  # part → the longest such row that ends with it
    for hit in within:
        before = max((length for part, length in longest.items() if part < hit.part), default=0)
        longest[hit.part] = max(longest.get(hit.part, 0), before + 1)
    return max(longest.values(), default=0)


def _numbers(within: Part) -> list[float]:
    return [hit.value for hit in within if isinstance(hit.value, (int, float))]


def _mean(within: Part, _: Correlation) -> float:
    numbers = _numbers(within)
    return math.fsum(numbers) / len(numbers)


def percentile(numbers: Sequence[float], share: float) -> float:
    """Between the two nearest ranks, in proportion; `share` is 0 to 100."""
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * share / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


_MEASURES: dict[Kind, Callable[[Part, Correlation], float]] = {
    Kind.VALUE_COUNT: lambda within, _: len({hit.value for hit in within}),
    Kind.VALUE_SUM: lambda within, _: math.fsum(_numbers(within)),
    Kind.VALUE_AVG: _mean,
    Kind.VALUE_MEDIAN: lambda within, _: percentile(_numbers(within), 50),
    Kind.VALUE_PERCENTILE: lambda within, one: percentile(_numbers(within), one.percentile),
    Kind.TEMPORAL: lambda within, _: len({hit.part for hit in within}),
    Kind.TEMPORAL_ORDERED: _in_order,
}
