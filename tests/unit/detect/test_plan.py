"""The quick matcher gives exactly what the naive one gives: on random rules and on real events."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.detect import Rule, RuleSet, facts
from hinomi.detect.plan.bucket import compile_bucket
from hinomi.detect.plan.memory import MOST_BYTES
from hinomi.detect.plan.plan import Plan
from hinomi.detect.reference import NO_LISTS, applies, fires
from hinomi.normalise import aliases_by_shape
from tests.unit.detect import strategies
from tests.unit.detect.bench import make_event, parse_all, plan_ids, reference_ids, rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded
    from hinomi.detect.modifiers import Placeholders


@settings(max_examples=600, deadline=None)
@given(
    rules=strategies.rules(),
    events=st.lists(strategies.events(), min_size=1, max_size=6),
    lists=strategies.placeholders(),
)
def test_random_rules_fire_on_random_events_as_the_reference_says(
    rules: list[Rule], events: list[Event], lists: dict[str, list[str]]
) -> None:
    matcher = RuleSet(rules, aliases=strategies.ALIASES, placeholders={"aoi": lists})
    for event in events:
        assert plan_ids(matcher, event) == reference_ids(matcher, event)


def _expected(rules: RuleSet, event: Event) -> list[str]:
    """The reference's answer; routes that do not apply are asked once, not once per rule."""
    answers: dict[object, bool] = {}
    hits: dict[str, None] = {}
    for bound in rules.bound:
        key = (bound.route.shape, bound.route.keys)
        if key not in answers:
            answers[key] = applies(bound.route, event)
        if answers[key] and fires(bound, event):
            hits[bound.rule.id] = None
    return list(hits)


def _with_other_case(event: Event) -> Event:
    """The same event from a sender that spells its field names otherwise."""
    return replace(event, fields={name.swapcase(): text for name, text in event.fields.items()})


@pytest.fixture
def remembered_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference looks a field up anew for every rule; here once per event, else it is slow."""
    find = facts.find
    seen: dict[tuple[str, ...], tuple[str, str] | None] = {}
    last: list[Event] = []

    def remembering(event: Event, names: tuple[str, ...]) -> tuple[str, str] | None:
        if not last or last[0] is not event:
            seen.clear()
            last[:] = [event]
        if names not in seen:
            seen[names] = find(event, names)
        return seen[names]

    monkeypatch.setattr(facts, "find", remembering)


@pytest.mark.usefixtures("remembered_find")
@pytest.mark.parametrize("folder", ["evtx-dev", "sigma-regression-dev"])
def test_every_recorded_event_matches_as_the_reference_says(
    folder: str, shared: Path, sigmahq: Loaded, recorded: Callable[[Path], Iterator[Event]]
) -> None:
    """Every event, not a sample: samples once hid a fault that 9 of 32,916 events showed."""
    rules = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    count = hits = 0
    for event in (
        event for path in sorted((shared / folder).glob("*.evtx")) for event in recorded(path)
    ):
        found = plan_ids(rules, event)
        assert found == _expected(rules, event), event.event_id
        assert plan_ids(rules, _with_other_case(event)) == found, event.event_id
        count, hits = count + 1, hits + len(found)
    assert (count > 30, hits > 30) == (True, True)


def test_attackers_cannot_grow_the_index_without_end() -> None:
    """Key fields hold what a sender writes; only what rules ask of them makes a new bucket."""
    rules = RuleSet([_rule({"Provider_Name|contains": "evil"}, product="windows")])
    for letter in string.ascii_letters:
        plan_ids(rules, make_event({"Provider_Name": letter * 3}, shape="windows"))
    assert rules.bucket_count == 1


def test_what_is_remembered_is_bounded_and_forgetting_changes_no_answer() -> None:
    rules = RuleSet([_rule({"a|contains": "evil"}), _rule({"b|startswith": "x"})])
    tight = Plan(rules.bound, most_bytes=2_000)
    for number in range(300):
        fields = {"a": f"{number} evil" if number % 3 else str(number), f"name{number % 7}": "x"}
        event = make_event(fields, number=number)
        hits = [b.rule.id for _, found in tight.matches((event,), _no_lists) for b in found]
        assert hits == reference_ids(rules, event)
    assert tight.times_forgotten > 3


def _no_lists(_: Event) -> Placeholders:
    return NO_LISTS


def test_the_bound_leaves_room_for_the_worker() -> None:
    """The worker has 420 MB for everything."""
    assert MOST_BYTES <= 64 * 1024 * 1024


def _rule(selection: dict[str, object], **source: str) -> Rule:
    text = rule_text({"s": selection, "condition": "s"}, logsource=source or None)
    (rule,) = parse_all(text)
    assert isinstance(rule, Rule)
    return replace(rule, id=str(selection))


def test_questions_about_key_fields_are_answered_once_per_bucket() -> None:
    """A compiled bucket asks nothing of the keys, or it would grow with every kind of event."""
    rule = _rule({"EventID": [1, 2], "a": "x"}, product="windows")
    bound = RuleSet([rule]).bound[0]
    event = make_event({"EventID": "1"}, shape="windows")
    compiled = compile_bucket([bound], event, frozenset({"EventID"}))
    assert [field.names for field in compiled.fields] == [("a",)]
    other = make_event({"EventID": "7"}, shape="windows")
    assert not compile_bucket([bound], other, frozenset({"EventID"})).rules


def test_a_key_compared_with_another_field_is_asked_of_every_event() -> None:
    rules = RuleSet([_rule({"EventID|fieldref": "a"}, product="windows")])
    for value in ("1", "2", "1", "3"):
        event = make_event({"EventID": "7", "a": "7" if value == "1" else value}, shape="windows")
        assert plan_ids(rules, event) == reference_ids(rules, event)
        assert bool(plan_ids(rules, event)) == (value == "1")


def test_literals_that_overlap_are_all_found() -> None:
    rules = RuleSet([_rule({"a|contains": text}) for text in ("abc", "bcd", "c", "abcd")])
    assert len(plan_ids(rules, make_event({"a": "xabcdx"}))) == 4
    assert len(plan_ids(rules, make_event({"a": "xbcd"}))) == 2


@pytest.mark.parametrize(
    ("selection", "hits", "misses"),
    [
        # The rarer half wakes the rule, the other is looked for late; `ſ` folds to `s` only in
        # expressions, so no literal may be trusted beyond ASCII.
        (
            {"a|contains": "a rare long word", "a|re|i": r"needles\d"},
            ["a rare long word needles1", "a rare long word NEEDLEſ1"],
            ["a rare long word", "needles1", "a rare long word needleſ", "a rare long ward ſ"],
        ),
        (
            {"a|contains|all": ["first long word", "x*y"]},
            ["first long word x--y"],
            ["first long word y--x", "x--y", "first long word xſ"],
        ),
    ],
)
def test_what_is_looked_for_late_decides_all_the_same(
    selection: dict[str, object], hits: list[str], misses: list[str]
) -> None:
    rules = RuleSet([_rule(selection)])
    for text in (*hits, *misses):
        event = make_event({"a": text})
        assert plan_ids(rules, event) == reference_ids(rules, event)
        assert bool(plan_ids(rules, event)) is (text in hits), text


def test_a_keyword_at_an_end_is_at_the_end_of_one_text() -> None:
    rules = RuleSet([_rule({"|startswith": "be"}), _rule({"|endswith": "nd"})])
    assert plan_ids(rules, make_event({"x": "end", "y": "begin"})) == [r.id for r in rules.rules]
    assert plan_ids(rules, make_event({"x": "a begin", "y": "ends"})) == []


def test_an_expression_that_nothing_guards_is_asked_once_per_value() -> None:
    bound = RuleSet([_rule({"a|re": "[0-9]{4}x?"})]).bound[0]
    compiled = compile_bucket([bound], make_event({}), frozenset())
    assert not compiled.rules[0].asks_again
    assert len(compiled.fields[0].checks) == 1
