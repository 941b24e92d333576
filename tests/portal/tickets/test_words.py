"""What P3, P4 and P13 say keeps the word rules."""

from __future__ import annotations

from hinomi.portal.tickets.choices import choices, examples
from hinomi.portal.tickets.photos import WHY_NOT
from hinomi.respond.check import texts_check


def test_what_to_do_meanwhile_is_one_to_three_checked_lines() -> None:
    for each in choices().values():
        assert 1 <= len(each.meanwhile) <= 3, each.key
        assert texts_check("\n".join(each.meanwhile)) == [], each.key
        assert texts_check(each.label) == []


def test_there_are_three_example_questions_in_plain_words() -> None:
    assert len(examples()) == 3
    assert [fault for each in examples() for fault in texts_check(each)] == []


def test_why_a_photograph_was_not_taken_is_said_without_blame() -> None:
    assert [fault for each in WHY_NOT.values() for fault in texts_check(each)] == []
