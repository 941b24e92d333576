"""The rules of an installation: their hash, their order, and those that wait for a source."""

from __future__ import annotations

import pytest

from hinomi.detect import Logsource, RuleSet, routes_of
from hinomi.detect.windows_sources import CATEGORIES, SERVICES
from tests.unit.detect.bench import make_event, parse_one, plan_ids, rule_text


def _rule(number: int, value: int = 1, **source: str) -> str:
    text = rule_text({"s": {"a": value}, "condition": "s"}, logsource=source or None)
    return text.replace("000000000001", f"{number:012}")


def test_the_pack_hash_ignores_order_and_sees_change() -> None:
    one, two = parse_one(_rule(1)), parse_one(_rule(2))
    changed = parse_one(_rule(2, value=3))
    assert RuleSet([one, two]).rule_pack == RuleSet([two, one]).rule_pack
    assert RuleSet([one, two]).rule_pack != RuleSet([one, changed]).rule_pack


def test_rules_fire_in_the_order_they_were_given() -> None:
    rules = RuleSet([parse_one(_rule(number)) for number in (3, 1, 2)])
    assert [one[-1] for one in plan_ids(rules, make_event({"a": "1"}))] == ["3", "1", "2"]


def test_a_rule_on_several_routes_fires_once() -> None:
    rules = RuleSet([parse_one(_rule(1, category="firewall"))])
    event = make_event({"a": "1", "src_ip": "10.0.0.1", "dst_ip": "10.0.0.2"})
    assert len(rules.match(event)) == 1


def test_a_rule_whose_source_we_do_not_collect_waits_and_is_listed() -> None:
    waiting = parse_one(_rule(1, product="macos", category="process_creation"))
    rules = RuleSet([waiting])
    assert rules.without_source == (waiting,)
    assert not rules.has_source(waiting)
    assert not rules.match(make_event({"a": "1"}))


def test_an_empty_set_matches_nothing() -> None:
    assert RuleSet([]).match(make_event({"a": "1"})) == []


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_each_windows_category_names_channels(category: str) -> None:
    routes = routes_of(Logsource(product="windows", category=category))
    assert all("Channel" in dict(route.keys) for route in routes)


def test_a_category_with_a_service_is_held_to_both() -> None:
    both = Logsource(product="windows", category="process_creation", service="security")
    (route,) = routes_of(both)
    assert dict(route.keys)["Channel"] == {"security"}


def test_an_unknown_windows_service_has_no_route() -> None:
    assert routes_of(Logsource(product="windows", service="nothing")) == ()


def test_no_channel_is_written_twice_in_a_service() -> None:
    for name, channels in SERVICES.items():
        assert len({channel.lower() for channel in channels}) == len(channels), name
