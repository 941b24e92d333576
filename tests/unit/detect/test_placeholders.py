"""`%name%` with `expand`: each organisation's own values, found when an event is matched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hinomi.detect import Rule, RuleSet
from tests.unit.detect.bench import make_event, parse_one, plan_ids, reference_ids, rule_text

_ADMINS = {"s": {"user|expand": "%admins%"}, "condition": "s"}


def _fires(rule: Rule, fields: dict[str, str], lists: dict[str, list[str]]) -> bool:
    rules = RuleSet([rule], placeholders={"aoi": lists})
    event = make_event(fields)
    answer = plan_ids(rules, event)
    assert answer == reference_ids(rules, event)
    return bool(answer)


def test_each_organisation_is_matched_with_its_own_values() -> None:
    rules = RuleSet(
        [parse_one(rule_text(_ADMINS))],
        placeholders={"aoi": {"admins": ["root"]}, "fumi": {"admins": ["boss"]}},
    )
    ours = make_event({"user": "ROOT"})
    assert plan_ids(rules, ours)
    assert not plan_ids(rules, replace(ours, organisation="fumi"))
    assert not plan_ids(rules, replace(ours, organisation="mamoru"))


def test_values_given_later_count_at_once() -> None:
    rules = RuleSet([parse_one(rule_text(_ADMINS))])
    event = make_event({"user": "root"})
    assert not plan_ids(rules, event)
    rules.placeholders = {"aoi": {"admins": ["root"]}}
    assert plan_ids(rules, event)


def test_a_list_that_is_missing_never_turns_a_not_into_an_alarm() -> None:
    rule = parse_one(rule_text({
        "s": {"a": "1"}, "known": {"user|expand": "%admins%"}, "condition": "s and not known"
    }))  # fmt: skip
    fields = {"a": "1", "user": "eve"}
    assert not _fires(rule, fields, {})
    assert _fires(rule, fields, {"admins": []})
    assert _fires(rule, fields, {"admins": ["root"]})
    assert not _fires(rule, fields, {"admins": ["EVE"]})


@pytest.mark.parametrize(
    ("line", "value", "lists", "fires"),
    [
        ("a|expand", "srv01", {"hosts": ["srv*"]}, True),
        ("a|expand|contains", "x-srv-x", {"hosts": ["srv"]}, True),
        ("a|expand|cidr", "10.1.1.1", {"hosts": ["nonsense", "10.0.0.0/8"]}, True),
        ("a|expand|cidr", "192.0.2.1", {"hosts": ["nonsense", "10.0.0.0/8"]}, False),
        ("a|expand|re", "abc", {"hosts": ["(a+)+$", "b"]}, True),
        ("a|expand|re", "aaa", {"hosts": ["(a+)+$"]}, False),
        ("a|expand", "", {"hosts": []}, False),
    ],
)
def test_listed_values_go_through_the_modifiers(
    line: str, value: str, lists: dict[str, list[str]], *, fires: bool
) -> None:
    """A value that makes no test, or a dangerous one, is not there; the others count."""
    rule = parse_one(rule_text({"s": {line: "%hosts%"}, "condition": "s"}))
    assert _fires(rule, {"a": value}, lists) is fires


def test_two_names_in_one_value_are_combined() -> None:
    rule = parse_one(rule_text({"s": {"a|expand": "%hosts%-%users%"}, "condition": "s"}))
    lists = {"hosts": ["h1", "h2"], "users": ["u1", "u2"]}
    assert _fires(rule, {"a": "h2-u1"}, lists)
    assert not _fires(rule, {"a": "h2-u3"}, lists)
    assert not _fires(rule, {"a": "h2-u1"}, {"hosts": ["h2"]})


def test_a_hit_by_a_list_says_why() -> None:
    rules = RuleSet([parse_one(rule_text(_ADMINS))], placeholders={"aoi": {"admins": ["root"]}})
    ((why,),) = [match.why for match in rules.match(make_event({"user": "root"}))]
    assert (why.field, why.value, why.pattern) == ("user", "root", "%admins%")


def test_keywords_take_lists_too() -> None:
    rule = parse_one(rule_text({"s": {"|expand": "%words%"}, "condition": "s"}))
    assert _fires(rule, {"a": "some evil thing"}, {"words": ["evil"]})
    assert not _fires(rule, {"a": "some good thing"}, {"words": ["evil"]})


def test_a_percent_sign_without_expand_is_plain_text() -> None:
    rule = parse_one(rule_text({"s": {"a|contains": "%temp%"}, "condition": "s"}))
    assert _fires(rule, {"a": r"copy %TEMP%\x.exe"}, {})
    filled = {"s": {"a|expand": "plain"}, "condition": "s"}
    assert _fires(parse_one(rule_text(filled)), {"a": "plain"}, {})
