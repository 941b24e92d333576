"""The quick matcher gives exactly what the naive one gives: on random rules and on real events."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.detect import Rule, RuleSet, facts, reference
from hinomi.detect.reference import applies, fires
from hinomi.normalise import aliases_by_shape
from tests.unit.detect.bench import make_event, parse_all, plan_ids, reference_ids, rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded

# A small alphabet and few names make hits likely; upper case, wildcards, backslashes and a letter
# whose lower case is longer make them interesting.
_ALPHABET = "abAB*?\\-/ İ1.\n"
_FIELDS = ["a", "b", "A", "c.d", "EventID", "Channel", "Provider_Name", "program", "@timestamp"]
_TEXTS = st.text(_ALPHABET, max_size=6)
_VALUES = st.one_of(_TEXTS, st.integers(0, 20), st.none(), st.booleans())
_CHAINS = st.sampled_from([
    "", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased",
    "|windash", "|contains|windash", "|neq", "|contains|neq", "|base64offset|contains",
])  # fmt: skip
_ODD_LINES = st.sampled_from([
    ("a|re", "a+b"), ("b|re|i", "^[ab]{2}"), ("a|cidr", "10.0.0.0/8"), ("a|lt", 10),
    ("EventID|gte", 3), ("EventID|re", "^1"), ("Channel|contains", "A"), ("a|exists", True),
    ("b|exists", False), ("a|fieldref", "b"), ("b|fieldref|contains", "a"),
    ("EventID|fieldref", "a"), ("@timestamp|year", 2026), ("a|hour", 3),
    ("Provider_Name|cased", "AB"), ("EventID", None),
    ("EventID", ["1", "2"]), ("Channel", "Security"), ("EventID|neq", 1), ("Channel|exists", True),
])  # fmt: skip
_LINES = st.one_of(
    _ODD_LINES,
    st.tuples(
        st.builds(str.__add__, st.sampled_from(_FIELDS), _CHAINS),
        st.one_of(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=3)),
    ),
    st.tuples(
        st.sampled_from(_FIELDS), st.one_of(_VALUES, st.lists(_VALUES, min_size=1, max_size=3))
    ),
)
_MAPS = st.lists(_LINES, min_size=1, max_size=3).map(dict)
_SELECTIONS = st.one_of(
    _MAPS,
    st.lists(_MAPS, min_size=1, max_size=2),
    st.lists(_TEXTS, min_size=1, max_size=2),
    st.lists(_TEXTS, min_size=1, max_size=2).map(lambda words: {"|all": words}),
)
_CONDITIONS = st.sampled_from([
    "s1", "not s1", "s1 and s2", "s1 or s2", "s1 and not s2", "1 of s*", "all of s*",
    "not 1 of s*", "s1 and (s2 or not s3)", "not (s1 and s2) or s3",
])  # fmt: skip
_SOURCES = st.sampled_from([
    {"product": "windows"}, {"product": "windows", "service": "security"},
    {"product": "windows", "category": "process_creation"}, {"product": "linux"},
    {"product": "linux", "service": "sshd"}, {"product": "fortigate"}, {"product": "generic"},
    {"category": "firewall"}, {"category": "webserver"},
])  # fmt: skip
_DETECTIONS = st.fixed_dictionaries(
    {"s1": _SELECTIONS, "s2": _SELECTIONS, "s3": _SELECTIONS, "condition": _CONDITIONS}
)
_KEY_VALUES = {
    "EventID": st.sampled_from(["1", "2", "4688", "11"]),
    "Channel": st.sampled_from(
        ["Security", "SECURITY", "Microsoft-Windows-Sysmon/Operational", "AB"]
    ),
    "Provider_Name": _TEXTS,
    "program": st.sampled_from(["sshd", "SSHD", "cron"]),
}
_EVENT_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["a", "b", "A", "B", "c.d", "C.D", "src_ip", "cs-uri-query"], _TEXTS),
        "q": st.sampled_from(["10.1.2.3", "7", "0x3", "2026-11-21T03:00:00Z"]),
        **_KEY_VALUES,
        "eventid": st.just("1"),
        "NewProcessName": _TEXTS,
    },
)
_EVENTS = st.builds(
    make_event,
    _EVENT_FIELDS,
    shape=st.sampled_from(["windows", "windows", "linux", "generic", "fortigate"]),
    raw=st.text(_ALPHABET + "{", max_size=8),
)


@settings(max_examples=400, deadline=None)
@given(
    detections=st.lists(st.tuples(_DETECTIONS, _SOURCES), min_size=1, max_size=4),
    events=st.lists(_EVENTS, min_size=1, max_size=6),
)
def test_random_rules_fire_on_random_events_as_the_reference_says(
    detections: list[tuple[dict[str, object], dict[str, str]]], events: list[Event]
) -> None:
    rules = []
    for number, (detection, source) in enumerate(detections):
        for found in parse_all(rule_text(detection, logsource=source)):
            if isinstance(found, Rule):  # the others are refused: wildcards under base64, dashes
                rules.append(replace(found, id=str(number)))
    matcher = RuleSet(rules, aliases={"generic": {"a": "q"}, "windows": {"b": "EventID"}})
    for event in events:
        assert plan_ids(matcher, event) == reference_ids(matcher, event)


def _expected(rules: RuleSet, event: Event) -> list[str]:
    """The reference's answer; routes that do not apply are asked once, not once per rule."""
    answers: dict[object, bool] = {}
    hits = {}
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

    monkeypatch.setattr(reference.facts, "find", remembering)


@pytest.mark.usefixtures("remembered_find")
def test_every_recorded_event_matches_as_the_reference_says(
    shared: Path, sigmahq: Loaded, recorded: Callable[[Path], Iterator[Event]]
) -> None:
    """Every event, not a sample: samples once hid a fault that 9 of 32,916 events showed."""
    rules = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    files = sorted((shared / "evtx-dev").glob("*.evtx"))
    count = hits = 0
    for event in (event for path in files for event in recorded(path)):
        found = plan_ids(rules, event)
        assert found == _expected(rules, event), event.event_id
        assert plan_ids(rules, _with_other_case(event)) == found, event.event_id
        count, hits = count + 1, hits + len(found)
    assert (count > 1_000, hits > 50) == (True, True)


def test_attackers_cannot_grow_the_index_without_end() -> None:
    """Key fields hold what a sender writes; only what rules ask of them makes a new bucket."""
    detection = {"s": {"Provider_Name|contains": "evil"}, "condition": "s"}
    (rule,) = parse_all(rule_text(detection, logsource={"product": "windows"}))
    rules = RuleSet([rule])
    for letter in string.ascii_letters:
        plan_ids(rules, make_event({"Provider_Name": letter * 3}, shape="windows"))
    assert len(rules._plan._buckets) == 1
