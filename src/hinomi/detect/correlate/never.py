"""Correlations that can never come true: their rules never fire, or no number is what they ask."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hinomi.detect.correlate.correlation import NUMERIC, TEMPORAL, Bounds, Correlation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def never_met(
    correlations: Sequence[Correlation], dead: Iterable[str]
) -> Iterator[tuple[Correlation, str]]:
    """Each with the reason. `dead` are the ids of rules that never fire; inner ones come first."""
    known = set(dead)
    for one in correlations:
        reason = _reason(one, known)
        if reason:
            known.add(one.id)
            yield one, reason


def _reason(one: Correlation, dead: set[str]) -> str:
    alive = {place for place, part in enumerate(one.parts) if part.id not in dead}
    if not alive:
        return "none of the rules it joins can fire"
    if not isinstance(one.condition, Bounds):
        possible = any(alive.issuperset(branch.present) for branch in one.condition.branches)
        return "" if possible else "it needs a rule that can never fire"
    if any(map(one.condition.hold, _numbers(one, one.condition, len(alive)))):
        return ""
    return f"no window can measure what it asks: {one.asked}"


def _numbers(one: Correlation, bounds: Bounds, parts: int) -> Iterator[float]:
    """Numbers a window can measure, at least one of every stretch that the bounds part."""
    limits = sorted({limit for _, limit in bounds.tests})
    if one.kind in TEMPORAL:
        yield from range(1, parts + 1)
    elif one.kind in NUMERIC:
        between = (sum(pair) / 2 for pair in itertools.pairwise(limits))
        yield from (limits[0] - 1, *limits, *between, limits[-1] + 1)
    else:  # counted: whole, and a window holds at least one hit
        near = (limit + step for limit in limits for step in (-1, 0, 1))
        yield from (number for number in near if number >= 1)
