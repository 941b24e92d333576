"""Rules that can never fire are named with their reason; a rule that might is never named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.detect import Rule, RuleSet, load_rules
from hinomi.detect.correlate.never import never_met
from hinomi.detect.never import never_firing
from hinomi.detect.read_value import elements_of
from hinomi.normalise import aliases_by_shape
from tests.unit.detect import strategies
from tests.unit.detect.bench import parse_one, plan_ids, rule_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded

_ROWS = (("one", "generic"), ("two", "generic"), ("dead", "nobody"))
_CREATION = {"product": "windows", "category": "process_creation"}


def _reasons(detection: Mapping[str, object], **source: str) -> list[str]:
    rules = RuleSet([parse_one(rule_text(detection, logsource=source or {"product": "windows"}))])
    return [one.reason for one in never_firing(rules.rules, rules.bound)]


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        ({"EventID": 7045}, "EventID must be '4688' and also '7045'"),
        ({"Channel": "System"}, "Channel must be 'security' and also 'system'"),
        ([{"EventID": 3}, {"EventID": 4}], "EventID must be '4688' and also '3' or '4'"),
    ],
)
def test_a_rule_that_no_event_of_its_source_can_meet(selection: object, reason: str) -> None:
    found = _reasons({"s": selection, "condition": "s"}, **_CREATION, service="security")
    assert found == [reason]


def test_a_rule_that_needs_two_values_at_once() -> None:
    both = {"one": {"EventID": 1}, "two": {"EventID": [2, 3]}, "condition": "one and two"}
    assert _reasons(both) == ["EventID must be '1' and also '2' or '3'"]
    assert _reasons({**both, "condition": "one or two"}) == []
    assert _reasons({"s": {"a|all": ["x", "y"]}, "condition": "s"}) == [
        "a must be 'x' or 'y' at once"
    ]


def test_a_rule_that_takes_out_all_it_asks_for() -> None:
    rule = {"s": {"a": ["x", "y"]}, "f": {"a": ["X", "y", "z"]}, "condition": "s and not f"}
    assert _reasons(rule) == ["a must be 'x' or 'y', which the condition takes out"]
    assert _reasons({**rule, "f": {"a": "x"}}) == []
    assert _reasons({**rule, "f": {"a": ["x", "y"], "b": "1"}}) == []


def test_a_rule_that_wants_and_takes_out_the_same() -> None:
    rule: dict[str, object] = {"s": {"a|contains": "x"}, "t": {"b|re": "y+"}}
    (reason,) = _reasons({**rule, "condition": "s and t and not s"})
    assert reason == "the condition wants and takes out the same: s"
    assert len(_reasons({**rule, "condition": "(s or t) and not (s or t)"})) == 1
    assert _reasons({**rule, "condition": "s and not t"}) == []


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        ({"a|gt": 5, "a|lt": 3}, "a must be gt 5 and lt 3 at once"),
        ({"a|gte": 5, "a|lt": 5}, "a must be gte 5 and lt 5 at once"),
        ({"a|gt": 5, "a|lt": 6}, ""),
        ({"a|gte": 5, "a|lte": 5}, ""),
        ({"a|gt": 5, "b|lt": 3}, ""),
        ({"a|gt": [5, 1], "a|lt": 3}, ""),
        ({"a|gt": 1e300}, ""),
        ({"a|lt": -1e300}, ""),
        ({"a|lt": 0.5}, ""),
    ],
)
def test_a_rule_whose_orders_leave_no_number(selection: object, reason: str) -> None:
    found = _reasons({"s": selection, "condition": "s"})
    assert found == ([reason] if reason else [])


@pytest.mark.parametrize(
    "selection", [{"a|all": ["x", "y"]}, {"a": "x", "A": "y"}, {"a|gt": 5, "a|lt": 3}]
)
def test_a_list_may_be_two_things_at_once(selection: dict[str, object]) -> None:
    """What a JSON record says of one field may be many values."""
    assert _reasons({"s": selection, "condition": "s"}, product="generic") == []
    taken = {"s": {"a": "x"}, "f": {"a": ["x", "y"]}, "condition": "s and not f"}
    assert len(_reasons(taken, product="generic")) == 1


@pytest.mark.parametrize(
    ("kind", "condition", "reason"),
    [
        ("event_count", "{gt: 5, lt: 6}", "no window can measure"),
        ("event_count", "{lt: 1}", "no window can measure"),
        ("event_count", "{gt: 5, lt: 7}", ""),
        ("value_sum", "{field: n, gt: 5, lt: 6}", ""),
        ("value_avg", "{field: n, gte: 5, lt: 5}", "no window can measure"),
        ("temporal", "{gte: 3}", "no window can measure"),
        ("temporal", "{gte: 2}", ""),
        ("temporal", "one and dead", "needs a rule that can never fire"),
        ("temporal", "one or dead", ""),
    ],
)
def test_a_correlation_that_cannot_come_true(
    kind: str, condition: str, reason: str, tmp_path: Path
) -> None:
    document = (
        "title: {0}\nname: {0}\nlogsource: {{product: {1}}}\n"
        "detection: {{s: {{a: 1}}, condition: s}}\n---\n"
    )
    parts = "[one, dead]" if " " in condition and condition[0] != "{" else "[one, two]"
    text = "".join(document.format(*row) for row in _ROWS) + (
        f"title: C\ncorrelation: {{type: {kind}, rules: {parts}, timespan: 5m,"
        f" condition: {condition}}}\n"
    )
    tmp_path.joinpath("all.yml").write_text(text, encoding="utf-8")
    loaded = load_rules([tmp_path])
    rules = RuleSet(loaded.rules)
    dead = [one.rule.id for one in never_firing(rules.rules, rules.bound)]
    found = [why for _, why in never_met(loaded.correlations, dead)]
    assert len(found) == bool(reason)
    assert not found or reason in found[0]


def test_one_route_that_can_fire_is_enough() -> None:
    assert _reasons({"s": {"EventID": 4688}, "condition": "s"}, **_CREATION) == []


def test_a_source_without_a_format_is_a_reason() -> None:
    (reason,) = _reasons({"s": {"a": 1}, "condition": "s"}, product="azure")
    assert reason == "no format gives its log source azure/-/- today"


@settings(max_examples=200, deadline=None)
@given(rules=strategies.rules(), events=st.lists(strategies.events(), min_size=1, max_size=5))
def test_what_is_named_does_not_fire(rules: list[Rule], events: list[Event]) -> None:
    matcher = RuleSet(rules, aliases=strategies.ALIASES)
    named = {one.rule.id for one in never_firing(matcher.rules, matcher.bound)}
    for event in events:
        if event.shape == "windows" and any(map(elements_of, event.fields.values())):
            continue  # event data holds no lists; what is only written like one does not count
        assert named.isdisjoint(plan_ids(matcher, event))


def test_no_rule_of_sigmahq_contradicts_itself(sigmahq: Loaded) -> None:
    rules = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    found = [one.reason for one in never_firing(rules.rules, rules.bound)]
    assert all(reason.startswith("no format") for reason in found)
    assert len(found) < 500
