"""The naive correlator: at each hit everything again from the full list. This is the specification.

Nothing is ever forgotten here. `Correlator` must tell exactly the same of any input whose events
come at most LATENESS behind the watermark, in any batches and across restarts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING

from hinomi.detect.correlate.correlation import Bounds, Kind
from hinomi.detect.correlate.fields import FieldReader, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from hinomi.core.records import Event
    from hinomi.detect.correlate.correlation import Branch, Correlation
    from hinomi.detect.rule import Rule

LONGEST_RUN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Told:
    """A correlation came true for a group: the first event of its window, and the one just read."""

    correlation: str
    group: str
    first: str
    event: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of one part; `number` counts hits as they arrived."""

    number: int
    at: datetime
    part: int
    id: str
    value: str | float


@dataclass(slots=True)
class Group:
    """All that ever happened to one group of one correlation."""

    hits: list[Hit] = field(default_factory=list)
    once_true: set[int] = field(default_factory=set)
    runs: list[list[datetime]] = field(default_factory=list)  # [anchor, low, high]


def correlate(
    correlations: Sequence[Correlation],
    arrivals: Iterable[tuple[Event, Sequence[str]]],
    *,
    rules: Iterable[Rule],
    aliases: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Told]:
    """`arrivals`: events as they came, each with the ids of the rules that fired on it."""
    reader = FieldReader(rules, aliases=aliases or {})
    groups: dict[tuple[str, str, str], Group] = {}
    told: list[Told] = []
    for event, rule_ids in arrivals:
        waiting: list[tuple[str, Mapping[str, str]]] = [(one, {}) for one in rule_ids]
        while waiting:
            source, given = waiting.pop(0)
            for one in correlations:
                for number, part in enumerate(one.parts):
                    if part.id != source:
                        continue
                    keys = reader.group(one, part, event, given)
                    value = reader.value(one, part, event, given) if one.values else ""
                    if keys is None or value is None:
                        continue
                    group = groups.setdefault((one.id, event.organisation, key_of(keys)), Group())
                    hit = Hit(len(group.hits), event.event_time, number, event.event_id, value)
                    group.hits.append(hit)
                    for first in _begun(one, group):
                        told.append(Told(one.id, key_of(keys), first, event.event_id))
                        waiting.append((one.id, keys))
    return told


def _begun(one: Correlation, group: Group) -> list[str]:
    """First event ids of the windows that begin a run now, oldest first."""
    ordered = sorted(group.hits, key=lambda hit: hit.at)  # of equal times, as they arrived
    begun = []
    for place, last in enumerate(ordered):
        window = [hit for hit in ordered[: place + 1] if last.at - hit.at <= one.span]
        if last.number in group.once_true or not is_met(one, window):
            continue
        group.once_true.add(last.number)
        if not _continues(one, group, last.at):
            begun.append(window[0].id)
    return begun


def _continues(one: Correlation, group: Group, at: datetime) -> bool:
    for run in group.runs:
        anchor, low, high = run
        near = low - one.span <= at <= high + one.span
        if near and abs(at - anchor) <= max(LONGEST_RUN, one.span):
            run[1:] = [min(low, at), max(high, at)]
            return True
    group.runs.append([at, at, at])
    return False


def is_met(one: Correlation, window: Sequence[Hit]) -> bool:
    """Whether the condition is true of these hits, oldest first."""
    if isinstance(one.condition, Bounds):
        return one.condition.hold(_number(one, window))
    parts = [hit.part for hit in window]
    is_ordered = one.kind is Kind.TEMPORAL_ORDERED
    return any(_holds(branch, parts, is_ordered=is_ordered) for branch in one.condition.branches)


def _number(one: Correlation, window: Sequence[Hit]) -> float:
    values = [hit.value for hit in window]
    numbers = [value for value in values if not isinstance(value, str)]
    if one.kind is Kind.EVENT_COUNT:
        return len(window)
    if one.kind is Kind.VALUE_COUNT:
        return len(set(values))
    if one.kind is Kind.TEMPORAL:
        return len({hit.part for hit in window})
    if one.kind is Kind.TEMPORAL_ORDERED:
        return _longest_row([hit.part for hit in window])
    if one.kind is Kind.VALUE_SUM:
        return sum(numbers)
    if one.kind is Kind.VALUE_AVG:
        return fmean(numbers)
    if one.kind is Kind.VALUE_MEDIAN:
        return median(numbers)
    return _percentile(sorted(numbers), one.percentile)


def _percentile(numbers: Sequence[float], share: float) -> float:
    place = (len(numbers) - 1) * share / 100
    below = numbers[int(place)]
    above = numbers[min(int(place) + 1, len(numbers) - 1)]
    return below + (above - below) * (place - int(place))


def _longest_row(parts: Sequence[int], above: int = -1) -> int:
    """How many parts can be taken, one after the other, each higher than the one before."""
    best = 0
    for place, part in enumerate(parts):
        if part > above:
            best = max(best, 1 + _longest_row(parts[place + 1 :], part))
    return best


def _holds(branch: Branch, parts: Sequence[int], *, is_ordered: bool) -> bool:
    if any(part in parts for part in branch.absent):
        return False
    if not is_ordered:
        return all(part in parts for part in branch.present)
    rest = list(parts)
    for part in branch.present:
        if part not in rest:
            return False
        rest = rest[rest.index(part) + 1 :]
    return True
