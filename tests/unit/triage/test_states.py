"""States: what may follow what, and what an answer moves."""

from __future__ import annotations

import pytest

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.respond.library import Node, case_text, cases, general
from hinomi.triage.answers import CHOICE_WORDS, NEEDS_PERSON, state_after
from hinomi.triage.transitions import NEXT_STATES, TransitionRefused, require_transition

S = IncidentState


def test_every_state_has_a_row_and_a_way_on() -> None:
    assert set(NEXT_STATES) == set(IncidentState)
    assert all(NEXT_STATES.values())


def test_what_was_contained_cannot_be_called_a_false_alarm_at_once() -> None:
    with pytest.raises(TransitionRefused, match="誤検知"):
        require_transition(S.CONTAINED, S.FALSE_ALARM)
    require_transition(S.CONTAINED, S.INVESTIGATING)
    require_transition(S.INVESTIGATING, S.FALSE_ALARM)


def test_a_closed_incident_is_only_reopened_into_work() -> None:
    for state in (S.DONE, S.FALSE_ALARM):
        assert NEXT_STATES[state] == {S.INVESTIGATING}


@pytest.mark.parametrize(
    ("choice", "state", "level", "assigned", "after"),
    [
        ("done", S.NEW, ActionLevel.NOW, False, S.NEW),
        ("done", S.WAITING, ActionLevel.NOW, True, S.ASSIGNED),
        ("done", S.WAITING, ActionLevel.NOW, False, S.NEW),
        ("help", S.OBSERVING, ActionLevel.TODAY, False, S.NEW),
        ("help", S.INVESTIGATING, ActionLevel.NOW, True, S.INVESTIGATING),
        ("understood", S.OBSERVING, ActionLevel.NONE, False, S.DONE),
        ("understood", S.NEW, ActionLevel.CHECK, False, S.NEW),
        ("restored", S.RECOVERING, ActionLevel.NOW, True, S.OBSERVING),
        ("done", S.DONE, ActionLevel.NOW, True, S.DONE),
    ],
)
def test_what_an_answer_moves(
    choice: str, state: S, level: ActionLevel, assigned: bool, after: S
) -> None:
    assert state_after(choice, state=state, level=level, is_assigned=assigned) is after


@pytest.mark.parametrize("choice", sorted(CHOICE_WORDS))
@pytest.mark.parametrize("state", list(IncidentState))
def test_no_answer_makes_a_forbidden_step_or_closes_what_mattered(choice: str, state: S) -> None:
    for level in (ActionLevel.NOW, ActionLevel.TODAY, ActionLevel.CHECK):
        after = state_after(choice, state=state, level=level, is_assigned=False)
        require_transition(state, after)
        assert after.is_open or not state.is_open


def test_every_button_of_every_text_has_a_word_here() -> None:
    written = {"help"} | {
        line.split(" ", 1)[0]
        for name in cases()
        for line in _leaves(case_text(name).blocks.get("buttons", []))
    }
    written |= {
        str(line).split(" ", 1)[0]
        for line in (*_leaves(general()["buttons_none"]), *_leaves(general()["release_buttons"]))
    }
    assert written <= set(CHOICE_WORDS)
    assert set(CHOICE_WORDS) >= NEEDS_PERSON


def _leaves(node: Node) -> list[str]:
    if isinstance(node, dict):
        return [leaf for child in node.values() for leaf in _leaves(child)]
    if isinstance(node, list):
        return [leaf for child in node for leaf in _leaves(child)]
    return [node]
