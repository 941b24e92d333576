"""Every code that a console page could show has its Japanese word."""

from __future__ import annotations

from hinomi.core.words import Level
from hinomi.portal.incidents.decisions import DecisionKind
from hinomi.portal.incidents.queries.words import DECISIONS, LEVELS


def test_every_level_of_a_rule_has_its_word() -> None:
    assert set(LEVELS) == {level.value for level in Level}


def test_every_decision_that_can_be_recorded_has_its_word() -> None:
    assert set(DECISIONS) == set(DecisionKind)
