"""What a customer's answer moves. The button says what was done; it never proves it.

So an answer never contains or closes anything that mattered: that needs a second source or a
person of ours. Only what needed nothing (対応は不要) is put away when it was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, IncidentState

if TYPE_CHECKING:
    from collections.abc import Mapping

# Answers after which a person of ours must speak to the customer, whatever else is open.
NEEDS_PERSON = frozenset({"help", "paid", "opened", "not_opens", "not_mine", "unlit", "failed"})

# Choice → what the history says when the label is not at hand.
CHOICE_WORDS: Mapping[str, str] = {
    "done": "できた",
    "help": "できない・わからない",
    "understood": "分かった",
    "asked": "聞いた",
    "told": "伝えた",
    "opened": "開いた・変わったことがある",
    "found": "見つかった",
    "not_found": "見つからない",
    "mine": "自分たちだった",
    "not_mine": "自分たちではない",
    "paid": "電話した・お金を払った",
    "opens": "開けた",
    "not_opens": "開けない",
    "lit": "ついた",
    "unlit": "つかない",
    "failed": "直らない",
    "restored": "元に戻した",
}


def state_after(
    choice: str, *, state: IncidentState, level: ActionLevel, is_assigned: bool
) -> IncidentState:
    """The incident's state after the answer; the same state when nothing moves."""
    if not state.is_open:
        return state
    if choice in NEEDS_PERSON:
        return _back_to_us(state, is_assigned=is_assigned)
    if choice == "restored" and state is IncidentState.RECOVERING:
        return IncidentState.OBSERVING
    if choice == "understood" and level is ActionLevel.NONE:
        return IncidentState.DONE
    if state is IncidentState.WAITING:
        return _back_to_us(state, is_assigned=is_assigned)
    return state


def _back_to_us(state: IncidentState, *, is_assigned: bool) -> IncidentState:
    """An incident that waited or was quiet comes back into the queue; one in work stays there."""
    if state not in (IncidentState.WAITING, IncidentState.OBSERVING):
        return state
    return IncidentState.ASSIGNED if is_assigned else IncidentState.NEW
