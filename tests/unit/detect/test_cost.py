"""The cost of rules: what wakes often and asks much stands first."""

from __future__ import annotations

from dataclasses import replace

from hinomi.detect import Rule, RuleSet
from hinomi.detect.cost import costs_of
from tests.unit.detect.bench import make_event, parse_one, rule_text


def _rule(name: str, selection: dict[str, object]) -> Rule:
    return replace(parse_one(rule_text({"s": selection, "condition": "s"})), id=name)


_RARE = _rule("rare", {"a": "one long literal"})
_BROAD = _rule("broad", {"a|contains": "e"})
_ASKING = _rule("asking", {"a|contains": "e", "b|fieldref": "a"})


def test_the_dearest_rule_is_first_without_any_events() -> None:
    names = [cost.rule.id for cost in costs_of(RuleSet([_RARE, _BROAD, _ASKING]))]
    assert names == ["asking", "broad", "rare"]


def test_recorded_events_say_how_often_a_rule_wakes() -> None:
    events = [make_event({"a": text, "b": "x"}) for text in ("e", "one long literal", "b", "c")]
    found = {cost.rule.id: cost for cost in costs_of(RuleSet([_RARE, _BROAD]), events)}
    assert (found["rare"].woken, found["broad"].woken) == (0.25, 0.5)


def test_a_rule_on_several_routes_counts_once_by_its_dearest() -> None:
    rule = replace(_BROAD, logsource=replace(_BROAD.logsource, product="", category="firewall"))
    assert len(costs_of(RuleSet([rule]))) == 1


def test_what_is_asked_is_counted() -> None:
    rule = _rule("all", {"a|contains": ["x", "y"], "b|re": ["needle1", "needle2"]})
    (cost,) = costs_of(RuleSet([rule]))
    assert (cost.literals, cost.expressions, cost.asks_again) == (4, 2, True)
