"""Hunt path = fast path = reference: on every golden, on recorded events and on random ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stores.hunting import NOW
from tests.unit.detect.bench import make_event, parse_one, reference_ids, rule_text
from tests.unit.detect.test_goldens import _cases, _events, _rules

from hinomi.columns.batch import to_table
from hinomi.columns.groups import Extent, read_groups
from hinomi.columns.mask import uniform
from hinomi.columns.parquet import write_parquet
from hinomi.core.records import Event
from hinomi.detect import RuleSet, load_rules
from hinomi.detect.bind import Bound
from hinomi.detect.columnar import Sieve
from hinomi.detect.logsource import Route
from hinomi.detect.reference import fires
from hinomi.normalise import aliases_by_shape, declared_fields, read_path
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt_rules import RuleQuarry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from hinomi.columns.groups import Group

_names = count()


def stored(folder: Path, events: Sequence[Event], *, declared: Iterable[str]) -> Iterator[Group]:
    """The events as one file per shape."""
    for shape in {event.shape for event in events}:
        path = folder / f"{next(_names)}.parquet"
        mine = [event for event in events if event.shape == shape]
        write_parquet([to_table(mine, declared=declared, shape=shape)], path)
        everybody = Extent(frozenset({event.organisation for event in mine}))
        for _, group in read_groups(path, extent=everybody):
            yield group


def hunted(rules: RuleSet, groups: Iterable[Group], *, sieved: bool) -> set[tuple[str, str]]:
    """(rule, event) of everything a hunt finds, by the one way or the other."""
    quarry = RuleQuarry(rules, versions=Versions(), aliases={}, found_at=NOW)
    quarry._is_sieved = sieved
    return {
        (finding.rule_id, finding.evidence[0].event_id)
        for group in groups
        for finding in quarry.find(
            [each for each in group.records(quarry.candidates(group)) if isinstance(each, Event)]
        )
    }


def numbered(events: Iterable[Event]) -> list[Event]:
    return [replace(event, event_id=f"e{i:06d}") for i, event in enumerate(events)]


@pytest.mark.parametrize("sieved", [True, False])
@pytest.mark.parametrize("case", _cases())
def test_a_hunt_fires_on_exactly_the_named_events(
    case: dict[str, Any], sieved: bool, tmp_path: Path
) -> None:
    """Once with every second field in `_rest`, so that both places are looked at."""
    rules, events = _rules(case), numbered(_events(case))
    names = sorted({name for event in events for name in event.fields})
    for declared in (names, names[::2], ()):
        found = hunted(rules, stored(tmp_path, events, declared=declared), sieved=sieved)
        expected = {(rules.rules[0].id, f"e{number:06d}") for number in case["fires_on"]}
        assert found == expected, case["says"]


@pytest.fixture(scope="module")
def sigmahq(sigmahq_folder: Path) -> RuleSet:
    return RuleSet(load_rules([sigmahq_folder]).rules, aliases=aliases_by_shape())


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Event]:
    """The recorded attacks as the stream reads them."""
    records = (
        item.result
        for folder in ("evtx-dev", "logs-dev")
        for item in read_path(
            str(shared / folder), timezone="Asia/Tokyo", receive_time=NOW, progress=lambda _: None
        )
        if hasattr(item, "result")
    )
    return numbered(record for record in records if isinstance(record, Event))


def test_all_rules_on_recorded_events_find_what_the_stream_finds(
    recorded: list[Event], sigmahq: RuleSet, tmp_path: Path
) -> None:
    streamed = {
        (match.rule.id, each.event_id) for each in recorded for match in sigmahq.match(each)
    }
    found: set[tuple[str, str]] = set()
    for shape in {each.shape for each in recorded}:
        mine = [each for each in recorded if each.shape == shape]
        groups = stored(tmp_path, mine, declared=declared_fields(shape))
        found |= hunted(sigmahq, groups, sieved=False)
    assert len(streamed) > 100
    assert found == streamed


def test_each_rule_alone_finds_on_recorded_events_what_the_stream_finds(
    recorded: list[Event], sigmahq: RuleSet, tmp_path: Path
) -> None:
    """And the sieve is worth having: few rows pass it that the rule then refuses."""
    windows = [each for each in recorded if each.shape == "windows"]
    streamed: dict[str, set[str]] = {}
    for event in windows:
        for match in sigmahq.match(event):
            streamed.setdefault(match.rule.id, set()).add(event.event_id)
    by_rule: dict[str, list[Bound]] = {}
    for bound in sigmahq.bound:
        by_rule.setdefault(bound.rule.id, []).append(bound)
    passed: dict[str, set[str]] = {}
    for group in stored(tmp_path, windows, declared=declared_fields("windows")):
        everything = group.records(uniform(answer=True, rows=group.rows))
        ids = [record.event_id for record in everything]
        for rule_id, bounds in by_rule.items():
            rows = Sieve(bounds).by_rule(group).numbers()
            passed.setdefault(rule_id, set()).update(ids[row] for row in rows)
    for rule_id, events in streamed.items():
        assert events <= passed[rule_id]
    assert sum(map(len, passed.values())) < 3 * sum(map(len, streamed.values()))


_VALUES = st.sampled_from(
    ["", "a", "A", "ab", "Ab*", "abc", "İ", "ı", "ß", "7", "10.0.0.1", "\\a", '["a","AB"]',
     "[7,10]", '["\\\\a",null]', '["\\u0130",0.5]', '["10.0.0.1"]', "[]", "[a",
     '["a",{"b":1}]', '["x\\"ab"]']
)  # fmt: skip
_FIELDS = st.dictionaries(st.sampled_from(["User", "USER", "user", "Image", "x"]), _VALUES)
_ASKED = st.sampled_from(
    ["User", "user", "Image", "IMAGE", "x|contains", "User|endswith", "user|re", "x|cased",
     "Image|startswith", "User|exists", "x|cidr", "x|gte", "Image|fieldref", "user|neq"]
)  # fmt: skip
_ANSWERS = {
    "exists": st.booleans(),
    "cidr": st.just("10.0.0.0/8"),
    "gte": st.integers(0, 9),
    "fieldref": st.sampled_from(["User", "x"]),
    "re": st.sampled_from(["a", "^A", "b$", "(?i)ab"]),
}
_CONDITIONS = [
    "s",
    "not s",
    "s and t",
    "s or t",
    "s and not t",
    "not (s or t)",
    "1 of *",
    "k",
    "k and not s",
]


@st.composite
def _selections(draw: st.DrawFn) -> dict[str, object]:
    asked = draw(st.lists(_ASKED, min_size=1, max_size=2, unique=True))
    values = st.none() | _VALUES | st.lists(_VALUES, min_size=1, max_size=2)
    plain = st.one_of(values)
    return {
        one: draw(_ANSWERS.get(one.partition("|")[2], plain if "|" not in one else _VALUES))
        for one in asked
    }


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    s=_selections(),
    t=_selections(),
    k=st.lists(
        st.sampled_from(["a", "ab", "İ", "*b*", "zz", '"ab', "\\a"]), min_size=1, max_size=2
    ),
    condition=st.sampled_from(_CONDITIONS),
    fields=st.lists(_FIELDS, min_size=1, max_size=6),
    declared=st.sampled_from([(), ("User",), ("USER", "Image"), ("user", "x")]),
)
def test_random_rules_find_the_same_on_random_events(
    s: dict[str, object],
    t: dict[str, object],
    k: list[str],
    condition: str,
    fields: list[dict[str, str]],
    declared: tuple[str, ...],
    tmp_path: Path,
) -> None:
    """With fields that differ only by case, in columns and in `_rest`."""
    rule = parse_one(rule_text({"s": s, "t": t, "k": k, "condition": condition}))
    rules = RuleSet([rule])
    events = numbered(make_event(each, raw="raw ab") for each in fields)
    expected = {(one, each.event_id) for each in events for one in reference_ids(rules, each)}
    for sieved in (True, False):
        found = hunted(rules, stored(tmp_path, events, declared=declared), sieved=sieved)
        assert found == expected


def test_a_key_that_only_has_to_be_there_is_looked_up_in_columns(tmp_path: Path) -> None:
    rule = parse_one(rule_text({"s": {"x": "a"}, "condition": "s"}))
    bound = Bound(rule, Route("generic", (("present", frozenset({"*"})),)))
    events = numbered([make_event({"x": "a"}), make_event({"x": "a", "PRESENT": ""})])
    (group,) = stored(tmp_path, events, declared=("x",))
    rows = Sieve([bound]).by_rule(group).numbers()
    assert rows == [i for i, event in enumerate(events) if fires(bound, event)] == [1]


@pytest.mark.parametrize(
    ("detection", "fires_on"),
    [
        ({"s": {"User|expand": "%admins%"}, "condition": "s"}, ["yuu"]),
        ({"s": {"User|expand|contains": "%admins%"}, "condition": "not s"}, ["mio"]),
        ({"s": {"|expand": "%admins%"}, "condition": "s"}, ["yuu"]),
        ({"s": {"User|neq|expand": "%admins%"}, "condition": "s"}, ["mio"]),
    ],
)
def test_what_only_a_company_knows_keeps_no_row_back(
    detection: dict[str, Any], fires_on: list[str], tmp_path: Path
) -> None:
    """Columns do not know whose row it is: `%admins%` may be anything there, also under a `not`."""
    rules = RuleSet([parse_one(rule_text(detection))], placeholders={"aoi": {"admins": ["yuu"]}})
    events = numbered(make_event({"User": user}) for user in ("yuu", "mio"))
    assert [each.fields["User"] for each in events if reference_ids(rules, each)] == fires_on
    found = hunted(rules, stored(tmp_path, events, declared=["User"]), sieved=True)
    users = {each.event_id: each.fields["User"] for each in events}
    assert [users[event_id] for _, event_id in sorted(found)] == fires_on
