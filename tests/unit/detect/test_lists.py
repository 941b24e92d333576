"""A field that holds a list is each of its elements: to the matchers, and to who reads the reason.

What each modifier makes of lists is in tests/goldens/detect/lists.yml.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hinomi.core.findings import Why
from hinomi.detect import RuleSet
from hinomi.detect.plan.search import LONG_VALUE
from hinomi.detect.read_value import elements_of
from tests.unit.detect.bench import make_event, parse_one, plan_ids, reference_ids, rule_text


def _rules(*selections: dict[str, object], shape: str = "generic") -> RuleSet:
    texts = [
        rule_text({"s": s, "condition": "s"}, logsource={"product": shape}) for s in selections
    ]
    rules = [
        replace(parse_one(text), id=str(selection))
        for text, selection in zip(texts, selections, strict=True)
    ]
    return RuleSet(rules, placeholders={"aoi": {"hosts": ["pc*"]}})


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('["x",1,1.50,true,null]', ("x", "1", "1.5", "true", None)),
        ('["C:\\\\Users","say \\"hi\\"","\\u3042"]', ("C:\\Users", 'say "hi"', "あ")),
        ('[ "x" , "[1]" ]', ("x", "[1]")),
        ("[]", ()),
        ("[1,2", ()),
        ("[a]", ()),
        ('["a",{"b":1}]', ()),
        ('["\\ud800"]', ()),
        ('["\ud800"]', ()),
        ("[" * 100_000 + "]", ()),
        ("x", ()),
        ("", ()),
    ],
)
def test_elements_stand_as_they_would_stand_alone(
    text: str, elements: tuple[str | None, ...]
) -> None:
    assert elements_of(text) == elements


@pytest.mark.parametrize(("count", "is_list"), [(1_000, True), (1_001, False)])
def test_a_list_is_opened_up_to_a_bound(count: int, is_list: bool) -> None:
    rules = _rules({"a": "v999"}, {"a|startswith": "v99"}, {"a|contains": "v99"})
    event = make_event({"a": json.dumps([f"v{number}" for number in range(count)])})
    found = plan_ids(rules, event)
    assert found == reference_ids(rules, event)
    assert found == [rule.id for rule in (rules.rules if is_list else rules.rules[2:])]


def test_an_element_and_a_value_of_the_same_text_do_not_change_each_other() -> None:
    """One search answers for both; `["[1]"]` holds a text that alone would be a list."""
    rules = _rules({"a": "1"}, {"a": "[1]"}, {"a|contains": "x"}, {"a|endswith": "y"}, {"a": None})
    long = "x" * LONG_VALUE + "y"
    texts = ["1", "[1]", '["[1]"]', '["1","x"]', "x", '["y","x"]', "y", "[null,1]", long]
    events = [make_event({"a": text}) for text in (*texts, json.dumps([long, "1"]), *texts[::-1])]
    for _ in range(2):
        found = [[match.rule.id for match in matches] for matches in rules.match_all(events)]
        assert found == [reference_ids(rules, event) for event in events]
        assert [bool(ids) for ids in found[:3]] == [True] * 3
        assert found[2] == ["{'a': '[1]'}"]


def test_what_is_looked_for_late_is_looked_for_in_elements() -> None:
    rules = _rules({"a|contains": "a rare long word", "a|endswith": "\\x.exe"})
    for text, fires in (
        ('["a rare long word","C:\\\\x.exe"]', True),
        ('["a rare long word","C:\\\\y.exe"]', False),
    ):
        event = make_event({"a": text})
        assert bool(plan_ids(rules, event)) is fires
        assert bool(reference_ids(rules, event)) is fires


def test_lists_in_key_fields_keep_events_apart_that_rules_can_tell_apart() -> None:
    rules = _rules(
        {"EventID": 1},
        {"EventID": [2, 3], "a": "x"},
        {"EventID|gte": 7},
        {"EventID": None},
        {"Provider_Name|endswith": "nel"},
        shape="windows",
    )
    ids = ["1", "[1]", "[2,1]", "[1,2,3]", "[3]", "[8]", "[0,null]", "[4,5]", '["1"]']
    for text in (*ids, *reversed(ids)):
        for provider in ("kernel", '["x","Kernel"]', '["kernel","x","y"]', "k"):
            event = make_event(
                {"EventID": text, "a": "x", "Provider_Name": provider}, shape="windows"
            )
            assert plan_ids(rules, event) == reference_ids(rules, event)
    assert rules.bucket_count < 20


def test_what_an_organisation_lists_is_looked_for_in_elements() -> None:
    rules = _rules({"a|expand": "%hosts%"})
    for text, fires in (('["x","PC-7"]', True), ('["x"]', False)):
        event = make_event({"a": text})
        assert bool(plan_ids(rules, event)) is bool(reference_ids(rules, event)) is fires


@pytest.mark.parametrize(
    ("selection", "fields", "why"),
    [
        ({"a|endswith": "y"}, {"a": '["x","C:\\\\y"]'}, Why("s", "a", "C:\\y", "endswith: y")),
        ({"a|contains": '"x"'}, {"a": '["x","y"]'}, Why("s", "a", '["x","y"]', 'contains: "x"')),
        ({"a|fieldref": "b"}, {"a": '["x","y"]', "b": "y"}, Why("s", "a", "y", "fieldref: b")),
        ({"a|expand": "%hosts%"}, {"a": '["x","pc1"]'}, Why("s", "a", "pc1", "expand: %hosts%")),
        ({"a|gt": 5}, {"a": "[1,7,8]"}, Why("s", "a", "7", "gt: 5")),
        ({"a|neq": "z"}, {"a": '["x","y"]'}, Why("s", "a", '["x","y"]', "neq: z")),
        ({"a": None}, {"a": '["x",null]'}, Why("s", "a", '["x",null]', "null")),
    ],
)
def test_the_reason_shows_the_element(
    selection: dict[str, object], fields: dict[str, str], why: Why
) -> None:
    (match,) = _rules(selection).match(make_event(fields))
    assert match.why == (replace(why, pattern=match.why[0].pattern),)
    assert why.pattern.split(": ")[-1] in match.why[0].pattern


def test_a_keyword_in_an_element_shows_the_element() -> None:
    rules = RuleSet([parse_one(rule_text({"k": ['say "hi"'], "condition": "k"}))])
    (match,) = rules.match(make_event({"a": '["x","I say \\"hi\\""]'}))
    assert match.why[0].value == 'I say "hi"'
