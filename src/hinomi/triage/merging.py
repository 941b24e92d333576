"""What two incidents are together, and how to take that apart again. Pure values.

Merging folds one incident into another as triage folds findings: the heavier case leads, the level
never falls. Parting undoes exactly that, and keeps what came to the incident since.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.triage.cases import case_of
from hinomi.triage.decide import AFTER_ALL_CLEAR, SURER, WORSE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_QUIET = AFTER_ALL_CLEAR | {IncidentState.WAITING}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an incident stands, as far as merging changes it."""

    kind: str
    level: ActionLevel
    certainty: Certainty
    disposition: Disposition
    state: IncidentState
    device: str
    first_event_at: datetime
    last_event_at: datetime
    late: bool
    finding_count: int
    text_version: int
    slots: Mapping[str, object]


def fold(target: Standing, source: Standing) -> Standing:
    """The target after the source went into it."""
    lead = source if _weight(source) > _weight(target) else target
    is_same = source.kind == target.kind
    return replace(
        lead,
        level=max(target.level, source.level, key=lambda level: level.urgency),
        certainty=max(target.certainty, source.certainty, key=SURER.index)
        if is_same
        else lead.certainty,
        disposition=max(target.disposition, source.disposition, key=WORSE.index)
        if is_same
        else lead.disposition,
        slots={**source.slots, **target.slots} if is_same else lead.slots,
        state=_state(target.state, source.state),
        device=lead.device or target.device or source.device,
        first_event_at=min(target.first_event_at, source.first_event_at),
        last_event_at=max(target.last_event_at, source.last_event_at),
        late=target.late and source.late,
        finding_count=target.finding_count + source.finding_count,
    )


def unfold(present: Standing, *, before: Standing, after: Standing) -> Standing:
    """The target without what one merging gave it: each field that still is as the merging left
    it goes back, a field that changed since keeps its value."""
    kept = {
        each.name: getattr(
            before if getattr(present, each.name) == getattr(after, each.name) else present,
            each.name,
        )
        for each in fields(Standing)
        if each.name != "finding_count"
    }
    moved = after.finding_count - before.finding_count
    return Standing(**kept, finding_count=present.finding_count - moved)


def _state(target: IncidentState, source: IncidentState) -> IncidentState:
    """What nobody has looked at yet must not vanish behind 様子を見ています."""
    return source if target in _QUIET and source not in _QUIET else target


def _weight(standing: Standing) -> tuple[int, int]:
    return standing.level.urgency, case_of(standing.kind).weight
