"""By when the next step on an incident is owed: the order of our own work, told to no customer.

A time that a customer hears is a booked duty slot; this is only how long an incident may lie at
one state and level before somebody of ours should have moved it. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, IncidentState

if TYPE_CHECKING:
    from collections.abc import Mapping

# Open, but nobody is owed anything: such rows stand last.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Until somebody begins; until the next step; until we ask a customer again who did not answer;
# until we look again at what we observe.
_BEGIN = {ActionLevel.NOW: 30 * _MINUTE, ActionLevel.TODAY: 4 * _HOUR, ActionLevel.CHECK: _DAY}
_STEP = {ActionLevel.NOW: 2 * _HOUR, ActionLevel.TODAY: 8 * _HOUR, ActionLevel.CHECK: 3 * _DAY}
_ANSWER = {ActionLevel.NOW: _HOUR, ActionLevel.TODAY: 8 * _HOUR, ActionLevel.CHECK: 3 * _DAY}
_LOOK = {ActionLevel.NOW: _DAY, ActionLevel.TODAY: 3 * _DAY, ActionLevel.CHECK: 7 * _DAY}
_ALLOWED: Mapping[IncidentState, Mapping[ActionLevel, timedelta]] = {
    IncidentState.NEW: _BEGIN,
    IncidentState.ASSIGNED: _BEGIN,
    IncidentState.INVESTIGATING: _STEP,
    IncidentState.CONTAINED: _STEP,
    IncidentState.RECOVERING: _STEP,
    IncidentState.WAITING: _ANSWER,
    IncidentState.OBSERVING: _LOOK,
}


def due_at(*, level: ActionLevel, state: IncidentState, since: datetime) -> datetime | None:
    """The moment the next step is owed, for an incident that is so since `since`. NEVER when it is
    open and asks nothing of us; None when it is closed."""
    if not state.is_open:
        return None
    allowed = _ALLOWED[state].get(level)
    return NEVER if allowed is None else since + allowed
