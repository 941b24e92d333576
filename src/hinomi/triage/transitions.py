"""Which state may follow which, for people and for machines. A table; anything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.core.words import IncidentState as S

if TYPE_CHECKING:
    from collections.abc import Mapping


class TransitionRefused(HinomiError):
    """An incident cannot go from its state to the wanted one."""


NEXT_STATES: Mapping[S, frozenset[S]] = {
    S.NEW: frozenset(
        {S.ASSIGNED, S.INVESTIGATING, S.CONTAINED, S.WAITING, S.OBSERVING, S.DONE, S.FALSE_ALARM}
    ),
    S.ASSIGNED: frozenset(
        {S.NEW, S.INVESTIGATING, S.CONTAINED, S.WAITING, S.OBSERVING, S.DONE, S.FALSE_ALARM}
    ),
    S.INVESTIGATING: frozenset(
        {S.ASSIGNED, S.CONTAINED, S.RECOVERING, S.WAITING, S.OBSERVING, S.DONE, S.FALSE_ALARM}
    ),
    # What was contained was real: it cannot become a false alarm without being looked at again.
    S.CONTAINED: frozenset({S.INVESTIGATING, S.RECOVERING, S.WAITING, S.OBSERVING, S.DONE}),
    S.RECOVERING: frozenset({S.INVESTIGATING, S.CONTAINED, S.WAITING, S.OBSERVING, S.DONE}),
    S.WAITING: frozenset(
        {S.NEW, S.ASSIGNED, S.INVESTIGATING, S.CONTAINED, S.RECOVERING, S.OBSERVING}
        | {S.DONE, S.FALSE_ALARM}
    ),
    S.OBSERVING: frozenset({S.NEW, S.ASSIGNED, S.INVESTIGATING, S.WAITING, S.DONE, S.FALSE_ALARM}),
    # Closed ones are reopened by a person only; a new finding opens a new incident.
    S.DONE: frozenset({S.INVESTIGATING}),
    S.FALSE_ALARM: frozenset({S.INVESTIGATING}),
}


def require_transition(before: S, after: S) -> None:
    """Raises TransitionRefused unless the table allows it; staying is always allowed."""
    if before is after or after in NEXT_STATES[before]:
        return
    allowed = "、".join(sorted(state.inside_ja for state in NEXT_STATES[before]))
    raise TransitionRefused(
        f"「{before.inside_ja}」から「{after.inside_ja}」には変えられません。",
        advice=f"次のどれかを選んでください: {allowed}",
    )
