"""Rules without a shape: what any format judged, also formats taught after the rules were read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from hinomi.columns.batch import to_table
from hinomi.columns.groups import Extent, read_groups
from hinomi.core.records import Event
from hinomi.core.words import ThreatKind
from hinomi.detect import Rule, RuleSet, parse_rules
from hinomi.detect.columnar import Sieve
from hinomi.detect.logsource import routes_of
from hinomi.detect.reference import fires
from hinomi.detect.rule import Logsource

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RULES = """
title: Any verdict
id: 11111111-1111-4111-8111-111111111111
logsource: {product: verdict}
detection: {selection: {verdict.disposition: seen}, condition: selection}
---
title: Only one product
id: 22222222-2222-4222-8222-222222222222
logsource: {product: fortigate}
detection: {selection: {srcip: 192.168.1.9}, condition: selection}
---
title: Malware of any product
id: 33333333-3333-4333-8333-333333333333
logsource: {product: verdict, service: malware}
detection: {selection: {verdict.name|contains: agent}, condition: selection}
---
title: Sigma's own antivirus rule
id: 44444444-4444-4444-8444-444444444444
logsource: {category: antivirus}
detection: {selection: {Signature|contains: agent}, condition: selection}
"""
SEEN = {"verdict.kind": "malware", "verdict.name": "W32/Agent", "verdict.disposition": "seen"}
CASES = [
    ("learned_7", SEEN, ["Any verdict", "Malware of any product", "Sigma's own antivirus rule"]),
    ("mail", {**SEEN, "verdict.disposition": "stopped"},
     ["Malware of any product", "Sigma's own antivirus rule"]),
    ("mail", {**SEEN, "verdict.kind": "fault"}, ["Any verdict"]),
    ("fortigate", {**SEEN, "srcip": "192.168.1.9"},
     ["Any verdict", "Only one product", "Malware of any product", "Sigma's own antivirus rule"]),
    ("fortigate", {"srcip": "192.168.1.9"}, ["Only one product"]),
    ("learned_7", {"srcip": "192.168.1.9", "verdict.disposition": "seen"}, []),
    ("windows", {"EventID": "1", "verdict.name": "agent"}, []),
]  # fmt: skip


def _event(shape: str, fields: dict[str, str]) -> Event:
    return Event("E", "aoi", "s", shape, "d", NOW, NOW, fields, b"raw")


@pytest.fixture
def rules() -> RuleSet:
    return RuleSet(
        [one for one in parse_rules(RULES.encode(), path="any.yml") if isinstance(one, Rule)]
    )


@pytest.mark.parametrize(("shape", "fields", "titles"), CASES)
def test_the_quick_matcher_and_the_reference_agree(
    rules: RuleSet, shape: str, fields: dict[str, str], titles: list[str]
) -> None:
    event = _event(shape, fields)
    assert [match.rule.title for match in rules.match(event)] == titles
    slow = dict.fromkeys(one.rule.title for one in rules.bound if fires(one, event))
    assert list(slow) == titles


@pytest.mark.parametrize("declared", [(), ("verdict.kind", "verdict.disposition")])
def test_a_hunt_finds_verdicts_in_columns_and_in_the_rest(
    rules: RuleSet, tmp_path: Path, declared: tuple[str, ...]
) -> None:
    events = [_event("learned_7", fields) for fields in (SEEN, {"a": "1"}, {"verdict.x": "y"})]
    file = tmp_path / "one.parquet"
    pq.write_table(to_table(events, declared=declared, shape="learned_7"), file)
    ((_, group),) = read_groups(file, extent=Extent(frozenset({"aoi"})))
    sieve = Sieve(rules.bound)
    assert sieve.may_concern("learned_7")
    for mask in (sieve.by_route(group), sieve.by_rule(group)):
        found = [one.fields for one in group.records(mask) if isinstance(one, Event)]
        assert found == [SEEN]


def test_a_misspelt_kind_waits_instead_of_meaning_everything() -> None:
    assert routes_of(Logsource("verdict", "", "malwear")) == ()
    assert routes_of(Logsource("verdict", "malware", "scan")) == ()
    assert all(routes_of(Logsource("verdict", kind, "")) for kind in ThreatKind)
