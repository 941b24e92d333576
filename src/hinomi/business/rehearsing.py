"""How a rehearsal case (練習) is marked, and which level its results give. Pure: answers, marks and
moments are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

PASS_PERCENT = 80
HOLDS = timedelta(days=365)  # what was passed is asked again after a year
LEVELS = (1, 2, 3)
_FIRST_CALLS = 3  # passed calls that make level 1


class Weighs(StrEnum):
    """What a step judges."""

    ORDER = "order"
    STEP = "step"
    URGENCY = "urgency"
    PROMISE = "promise"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one answer was worth, and why. `is_grave`: on the real telephone it would do harm."""

    weighs: Weighs
    points: float
    most: float
    said: str
    why: str
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A whole case. One grave answer fails it, whatever the rest is worth."""

    percent: int
    is_grave: bool

    @property
    def passed(self) -> bool:
        """True when the case counts for a level."""
        return self.percent >= PASS_PERCENT and not self.is_grave


def in_order(given: Sequence[str], right: Sequence[str]) -> float:
    """How many pairs stand as they should, 0–1: one swap of neighbours costs little, the most
    urgent question at the end costs much."""
    pairs = list(combinations(right, 2))
    place = {each: at for at, each in enumerate(given)}
    last = len(given)
    kept = sum(place.get(first, last) < place.get(second, last) for first, second in pairs)
    return kept / len(pairs) if pairs else 1.0


def result(marks: Iterable[Mark]) -> Result:
    """The sum. A case without marks is worth nothing."""
    known = list(marks)
    most = sum(mark.most for mark in known)
    points = sum(max(0.0, min(mark.points, mark.most)) for mark in known)
    percent = int(100 * points / most + 0.5) if most else 0
    return Result(percent, any(mark.is_grave for mark in known))


def levels(
    passed: Mapping[str, datetime], *, calls: Collection[str], incidents: Collection[str]
) -> dict[int, datetime]:
    """Level → until when it holds. `passed`: case → when it was passed last.

    1: three calls. 2: every call and one incident. 3: every case. A level never holds longer than
    the one below it.
    """
    ends = {case: moment + HOLDS for case, moment in passed.items()}
    of_calls = sorted((ends[case] for case in calls if case in ends), reverse=True)
    of_incidents = sorted((ends[case] for case in incidents if case in ends), reverse=True)
    found: dict[int, datetime] = {}
    if len(of_calls) >= _FIRST_CALLS:
        found[1] = of_calls[_FIRST_CALLS - 1]
    if of_calls and len(of_calls) == len(calls) and of_incidents:
        found[2] = min(of_calls[-1], of_incidents[0])
    if 2 in found and len(of_incidents) == len(incidents):
        found[3] = min(found[2], of_incidents[-1])
    return found
