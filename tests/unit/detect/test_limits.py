"""Nothing a sender or a rule author writes makes matching slow, large or wrong.

Times are generous: they tell linear from quadratic, not fast from slow.
"""

from __future__ import annotations

import time

import pytest

from hinomi.detect import Refusal, Rule, RuleSet
from tests.unit.detect.bench import (
    make_event,
    parse_all,
    parse_one,
    plan_ids,
    reference_ids,
    rule_text,
)

_LARGE = 5_000_000


@pytest.fixture
def within() -> type[_Within]:
    """A block that must end within so many seconds of this process's time."""
    return _Within


class _Within:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *_: object) -> None:
        assert time.process_time() - self._began < self._seconds


def test_a_rule_of_fifty_thousand_patterns_matches_as_the_reference_says(
    within: type[_Within],
) -> None:
    words = [f"evil-{number}-word" for number in range(50_000)]
    with within(20):
        rule = parse_one(rule_text({"s": {"a|contains": words}, "condition": "s"}))
        rules = RuleSet([rule])
        events = [make_event({"a": text}) for text in ("xEVIL-49999-wordx", "evil-50000-word")]
        assert [plan_ids(rules, event) for event in events] == [[rule.id], []]
    with within(1):
        for number in range(5_000):
            plan_ids(rules, make_event({"a": f"some command {number}"}))
    assert reference_ids(rules, events[0]) == [rule.id]


def test_a_value_of_five_megabytes_costs_time_in_proportion_and_is_not_kept(
    within: type[_Within],
) -> None:
    detection = {
        "s": {"a|contains": ["needle", "other"], "a|re": "x[0-9]+y.*z", "b|startswith": "q"},
        "k": ["keyword"],
        "condition": "1 of *",
    }
    rules = RuleSet([parse_one(rule_text(detection))])
    large = "ab \u3042\u0130" * (_LARGE // 5)
    with within(8):
        assert not plan_ids(rules, make_event({"a": large}))
        assert plan_ids(rules, make_event({"a": large + "KEYword"}))
        assert not plan_ids(rules, make_event({"Provider_Name": large}, shape="windows"))


def test_expressions_that_could_hang_are_refused_not_tried(within: type[_Within]) -> None:
    with within(5):
        for bomb in (
            "(a+)+$",
            "(a|a)*b",
            "(.*)*x",
            "a*a*a*b",
            "[ab]*a*b",
            "((ab)*)*c",
            "(?:aa|b)*c",
        ):
            (found,) = parse_all(rule_text({"s": {"a|re": bomb}, "condition": "s"}))
            if isinstance(found, Refusal):
                assert found.line == 8
            else:
                plan_ids(RuleSet([found]), make_event({"a": "a" * 20_000 + "!"}))


def test_deep_nesting_is_refused_or_matched(within: type[_Within]) -> None:
    with within(10):
        brackets = "(" * 45 + "s" + ")" * 45
        deep = {"s": {"a": 1}, "condition": brackets}
        assert plan_ids(RuleSet([parse_one(rule_text(deep))]), make_event({"a": "1"}))
        many = " and not ".join(["s"] * 600)
        rule = parse_one(rule_text({"s": {"a": 1}, "condition": many}))
        assert not plan_ids(RuleSet([rule]), make_event({"a": "1"}))
        (found,) = parse_all(rule_text({"s": {"a": 1}, "condition": "(" * 300 + "s" + ")" * 300}))
        assert isinstance(found, Refusal)


def test_a_record_of_many_fields_and_ever_new_names_is_bounded(within: type[_Within]) -> None:
    rules = RuleSet([parse_one(rule_text({"s": {"a|contains": "evil"}, "condition": "s"}))])
    with within(10):
        wide = {f"name{number}": "x" for number in range(20_000)}
        assert plan_ids(rules, make_event({**wide, "a": "evil"}))
        for number in range(3_000):
            event = make_event({f"x{number}{letter}": "v" for letter in "abcdefgh"} | {"A": "evil"})
            assert plan_ids(rules, event)


def test_rules_with_the_same_id_in_one_set_fire_once() -> None:
    one = parse_one(rule_text({"s": {"a": 1}, "condition": "s"}))
    other = parse_one(rule_text({"s": {"a|startswith": "1"}, "condition": "s"}))
    assert isinstance(one, Rule)
    assert plan_ids(RuleSet([one, other]), make_event({"a": "1"})) == [one.id]
