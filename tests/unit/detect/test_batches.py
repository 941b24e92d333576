"""Many events at once get what each would get alone, and that is what the reference says."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.detect import Rule, RuleSet
from hinomi.detect.plan import search
from hinomi.detect.plan.bucket import compile_bucket
from hinomi.detect.plan.plan import Plan
from hinomi.detect.reference import NO_LISTS
from hinomi.normalise import aliases_by_shape
from tests.unit.detect import strategies
from tests.unit.detect.bench import make_event, parse_one, plan_ids, reference_ids, rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded

SIZES = (1, 2, 7, 4_096)
# In one text with their neighbours these could be mistaken for an end, or shift every place after.
ODD = [
    "", "abc", "ABC", "xabcx", "abc\x03", "\x02abc", "\x03\x02", "\x02abc\x03", "\x04abc", "ab",
    "İabc", "abcİ", "ßabc", "STRASSE", "straße", "ſabc", "\ud800abc", "abc\ud800", "ab\0c", "c",
    "АБВabc", "K", "K", "\x02", "\x03", "abc" * 900,
]  # fmt: skip


def batch_ids(rules: RuleSet, events: Sequence[Event]) -> list[list[str]]:
    return [[match.rule.id for match in matches] for matches in rules.match_all(events)]


def in_batches(rules: RuleSet, events: Sequence[Event], size: int) -> list[list[str]]:
    starts = range(0, len(events), size)
    return [ids for start in starts for ids in batch_ids(rules, events[start : start + size])]


def _rule(selection: object, **source: str) -> Rule:
    text = rule_text({"s": selection, "condition": "s"}, logsource=source or None)
    return replace(parse_one(text), id=str(selection))


@settings(max_examples=300, deadline=None)
@given(
    rules=strategies.rules(),
    events=st.lists(strategies.events(), min_size=1, max_size=12),
    lists=strategies.placeholders(),
    size=st.sampled_from(SIZES),
)
def test_random_rules_fire_on_a_batch_as_the_reference_says(
    rules: list[Rule], events: list[Event], lists: dict[str, list[str]], size: int
) -> None:
    matcher = RuleSet(rules, aliases=strategies.ALIASES, placeholders={"aoi": lists})
    expected = [reference_ids(matcher, event) for event in events]
    assert in_batches(matcher, events, size) == expected
    assert batch_ids(matcher, events) == expected, "the same again, now remembered"


@pytest.mark.parametrize("size", SIZES)
def test_odd_values_are_kept_apart_from_their_neighbours(size: int) -> None:
    asked = ("abc", "ß", "ss", "i̇", "k", "c\0")
    rules = RuleSet(
        [
            *(_rule({f"a|{how}": text}) for how in ("contains", "startswith", "endswith")
              for text in asked),
            *(_rule({"a": text}) for text in ("", *asked)),
            _rule({"a|contains|cased": "ABC"}),
            _rule({"a|re": "b.?c$"}),
            _rule(["abc"]),
            _rule({"b|contains": "abc", "a|endswith": "c"}),
        ]
    )  # fmt: skip
    fields = [{"a": one, "b": other} for one in ODD for other in ("ABCD", one[::-1])]
    fields += [{"A": one} for one in ODD]
    events = [make_event(one, number=number) for number, one in enumerate(fields)]
    assert in_batches(rules, events, size) == [reference_ids(rules, event) for event in events]


def test_more_different_values_than_are_searched_together() -> None:
    rules = RuleSet([_rule({"a|endswith": "7x"}), _rule({"a|contains": "x1"})])
    fields = [{"a": f"x{number}x"} for number in range(search._TOGETHER * 2 + 5)]
    events = [make_event(one) for one in fields]
    assert batch_ids(rules, events) == [reference_ids(rules, event) for event in events]


def test_a_batch_of_several_shapes_keeps_its_order() -> None:
    rules = RuleSet(
        [_rule({"a": "x"}), _rule({"a": "x", "EventID": 1}, product="windows", service="system")]
    )
    shapes = ("generic", "generic", "generic", "none")
    events = [
        make_event({"EventID": "1", "Channel": "System", "a": "x"}, shape="windows")
        if number % 3
        else make_event({"a": "x" if number % 2 else "y"}, shape=shapes[number % 4])
        for number in range(40)
    ]  # fmt: skip
    found = batch_ids(rules, events)
    assert found == [reference_ids(rules, event) for event in events]
    assert len({tuple(ids) for ids in found}) == 3


def test_the_bound_on_memory_is_reached_in_the_midst_of_a_batch() -> None:
    rules = RuleSet([_rule({"a|contains": "evil"}), _rule({"b|startswith": "x"})])
    tight = Plan(rules.bound, most_bytes=3_000)
    events = [
        make_event({"a": f"{n} evil" if n % 3 else f"{n}", f"name{n % 7}": "x", "b": f"x{n}"})
        for n in range(300)
    ]
    found: list[list[str]] = [[] for _ in events]
    for place, bounds in tight.matches(events, lambda _: NO_LISTS):
        found[place] = [bound.rule.id for bound in bounds]
    assert found == [reference_ids(rules, event) for event in events]
    assert tight.times_forgotten > 3


def test_a_value_of_megabytes_is_not_remembered_and_found_all_the_same() -> None:
    rules = RuleSet([_rule({"a|endswith": "needle"}), _rule({"a|contains": "hay"})])
    plan = Plan(rules.bound, most_bytes=20_000_000)
    big = "hay " * 1_250_000 + "needle"
    events = [make_event({"a": text}) for text in ("needle", big, "n", big)]
    for _ in range(3):
        found = {
            place: [bound.rule.id for bound in bounds]
            for place, bounds in plan.matches(events, lambda _: NO_LISTS)
        }
        both = [rule.id for rule in rules.rules]
        assert found == {0: both[:1], 1: both, 3: both}


def test_a_keyword_is_found_in_its_event_and_never_across_two() -> None:
    rules = RuleSet([_rule(["mimikatz"])])
    texts = [f"quiet {number}" for number in range(200)]
    texts[70:72] = ["ends with mimi", "katz begins"]
    texts[130] = "here is MimiKatz"
    events = [make_event({"a": text}) for text in texts]
    found = batch_ids(rules, events)
    assert [place for place, ids in enumerate(found) if ids] == [130]


def test_a_text_is_looked_at_twice_only_when_it_may_hold_a_keyword() -> None:
    """The first look makes keywords cheap; it may let too much through, never too little."""
    bound = RuleSet([_rule(["needle", "straw"])]).bound
    (asked,) = compile_bucket(bound, make_event({}), frozenset()).fields
    sieve = search.make_sieve(asked)
    texts = ("hay", "", "a needle", "straws", "АБВ", "\ud800")
    assert [sieve(text) for text in texts] == [False, False, True, True, False, True]


def test_each_company_of_a_batch_has_its_own_lists() -> None:
    rule = _rule({"a|expand": "%admins%"})
    lists = {"aoi": {"admins": ["yuu"]}, "other": {"admins": ["fumi"]}}
    rules = RuleSet([rule], placeholders=lists)
    events = [
        replace(make_event({"a": user}), organisation=company)
        for company in ("aoi", "other", "third")
        for user in ("yuu", "fumi")
    ]
    found = batch_ids(rules, events)
    assert found == [reference_ids(rules, event) for event in events]
    assert [bool(ids) for ids in found] == [True, False, False, True, False, False]


@pytest.mark.parametrize("size", [7, 4_096])
def test_recorded_events_match_in_batches_as_they_match_alone(
    shared: Path, sigmahq: Loaded, recorded: Callable[[Path], Iterator[Event]], size: int
) -> None:
    """Alone they match as the reference says: test_plan.py. Here others stand beside them, among
    them the same event from a sender that spells its field names otherwise."""
    rules = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    alone = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    hits = 0
    events = (
        one
        for path in sorted((shared / "evtx-dev").glob("*.evtx"))
        for event in recorded(path)
        for one in (event, replace(event, fields=_swapped(event)))
    )
    while batch := list(islice(events, size)):
        expected = [plan_ids(alone, event) for event in batch]
        assert batch_ids(rules, batch) == expected
        hits += sum(map(len, expected))
    assert hits > 30


def _swapped(event: Event) -> dict[str, str]:
    return {name.swapcase(): text for name, text in event.fields.items()}
