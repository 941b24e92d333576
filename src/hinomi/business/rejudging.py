"""Which of a week's automatic decisions a person judges again, and what the answers say. Pure.

Who draws can choose nothing: the seed is given, and each decision's place follows from it and the
decision's own hash. Whoever has both can draw again and must find the same.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from hinomi.business.rota import JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AT_LEAST = 10
ONE_OF = 50  # 2 %
FEWEST_FOR_A_RATE = 30
_Z = 1.959964  # 95 %
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One decision: `key` is the row, `mark` the hash that nobody can choose."""

    key: int
    kind: str
    mark: str


def last_week(moment: datetime) -> date:
    """The Monday that began the last full week, in Japan."""
    day = moment.astimezone(JAPAN).date()
    return day - timedelta(days=day.weekday()) - _WEEK


def span(monday: date) -> tuple[datetime, datetime]:
    """The week's first moment, and the first after it."""
    begin = datetime.combine(monday, time(), tzinfo=JAPAN)
    return begin, begin + _WEEK


def shares(counts: Mapping[str, int]) -> dict[str, int]:
    """How many of each kind: 2 % of all and at least 10, of each kind at least one, the rest by
    size. All when there are fewer."""
    counts = {kind: count for kind, count in counts.items() if count > 0}
    total = sum(counts.values())
    wanted = min(total, max(AT_LEAST, -(-total // ONE_OF), len(counts)))
    left, rest = wanted - len(counts), total - len(counts)
    given = {
        kind: 1 + (left * (count - 1) // rest if rest else 0) for kind, count in counts.items()
    }
    missing = wanted - sum(given.values())
    by_remainder = sorted(
        counts, key=lambda kind: (-(left * (counts[kind] - 1) % rest if rest else 0), kind)
    )
    for kind in by_remainder[:missing]:
        given[kind] += 1
    return given


def draw(candidates: Iterable[Candidate], *, given: Mapping[str, int], seed: str) -> list[int]:
    """The drawn keys, in the order of the draw. Reads the candidates once, in whatever order."""
    best: dict[str, list[tuple[int, int]]] = {kind: [] for kind in given}
    for each in candidates:
        heap = best.get(each.kind)
        if heap is None:
            continue
        place = -_place(seed, each.mark)  # the smallest places win: the heap's root is the worst
        if len(heap) < given[each.kind]:
            heapq.heappush(heap, (place, each.key))
        elif heap and place > heap[0][0]:
            heapq.heapreplace(heap, (place, each.key))
    found = sorted((one for heap in best.values() for one in heap), reverse=True)
    return [key for _, key in found]


def wilson(errors: int, judged: int) -> tuple[float, float]:
    """Between which rates the true one lies, 19 times of 20."""
    if not 0 <= errors <= judged:
        raise ValueError("There are no more errors than answers.")
    if judged == 0:
        return 0.0, 1.0
    rate, square = errors / judged, _Z * _Z
    middle = rate + square / (2 * judged)
    reach = _Z * math.sqrt(rate * (1 - rate) / judged + square / (4 * judged * judged))
    below, above = ((middle + sign * reach) / (1 + square / judged) for sign in (-1, 1))
    return (max(0.0, below) if errors else 0.0), (min(1.0, above) if errors < judged else 1.0)


def told(errors: int, judged: int) -> str:
    """The error rate as a sentence that shows the number it rests on; no rate of too few."""
    if judged < FEWEST_FOR_A_RATE:
        return f"{judged}件を見直しました。{FEWEST_FOR_A_RATE}件になるまで、割合は出しません。"
    low, high = wilson(errors, judged)
    rate = f"{100 * errors / judged:.1f}%"
    return f"{judged}件中{errors}件（{rate}）、誤りは{100 * low:.1f}〜{100 * high:.1f}%と見ています"


def _place(seed: str, mark: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{mark}".encode()).digest())
