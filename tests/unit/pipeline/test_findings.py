"""A match becomes a finding: stable id, the PC behind a firewall, slots that are there, evidence
that fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event
from hinomi.core.words import ActionLevel, Certainty, Disposition
from hinomi.detect import Match, Rule, RuleSet, parse_rules
from hinomi.pipeline.findings import EVIDENCE_BYTES, Versions, make_finding

if TYPE_CHECKING:
    from hinomi.core.findings import Finding

RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
RULE = """
title: Test
id: 6f0c7d1e-52b7-4f43-9d0b-6a1de2a4c7f1
logsource: {product: fortigate, service: utm}
detection: {sel: {type: utm}, condition: sel}
level: high
tags: [attack.t1071]
hinomi:
  case: c2_communication
  title_ja: 試験
  group_by: device
  certainty: strong
  action: now
  slots: {device: srcname|srcip, server: dstip, site: qname, source_ip: src_ip}
"""


def _rule() -> Rule:
    (rule,) = parse_rules(RULE.encode(), path="test.yml")
    assert isinstance(rule, Rule)
    return rule


def _finding(
    fields: dict[str, str], *, raw: bytes = b"x", age: timedelta = timedelta(0)
) -> Finding:
    event = Event(
        "01EVENT", "aoi", "s1", "fortigate", "honsha-fw", RECEIVED - age, RECEIVED,
        {"type": "utm", **fields}, raw, disposition=Disposition.STOPPED,
    )  # fmt: skip
    (match,) = RuleSet([_rule()]).match(event)
    return make_finding(
        match=match,
        event=event,
        versions=Versions(rule_pack="pack", directory_generation=7),
        aliases={"src_ip": "srcip"},
    )


def test_the_same_rule_and_event_give_the_same_id_so_a_replay_writes_nothing_new() -> None:
    assert _finding({"dstip": "a"}).id == _finding({"dstip": "b"}).id


def test_what_a_firewall_reports_is_about_the_pc_behind_it() -> None:
    named = _finding({"srcname": "SOUMU-01", "srcip": "192.168.1.42"})
    assert named.device == "SOUMU-01"
    assert "device" not in named.slots
    assert _finding({"srcip": "192.168.1.42"}).device == "192.168.1.42"
    assert _finding({}).device == "honsha-fw"


def test_only_slots_the_event_fills_are_there() -> None:
    slots = _finding({"dstip": "198.51.100.66", "qname": "N/A", "srcip": "192.168.1.42"}).slots
    assert slots == {"server": "198.51.100.66", "source_ip": "192.168.1.42"}


def test_what_the_rule_says_of_its_hits_travels_with_them() -> None:
    finding = _finding({})
    assert (finding.case, finding.group_by) == ("c2_communication", "device")
    assert (finding.action, finding.certainty) == (ActionLevel.NOW, Certainty.STRONG)
    assert finding.disposition is Disposition.STOPPED
    assert (finding.rule_pack, finding.directory_generation) == ("pack", 7)


@pytest.mark.parametrize(("hours", "late"), [(23, False), (25, True)])
def test_an_event_older_than_a_day_at_arrival_is_late(hours: int, late: bool) -> None:
    assert _finding({}, age=timedelta(hours=hours)).late is late


def test_evidence_fits_and_a_huge_field_does_not_push_out_the_small_ones() -> None:
    finding = _finding({"script": "あ" * 200_000, "srcip": "192.168.1.42"}, raw=b"r" * 100_000)
    (evidence,) = finding.evidence
    size = len(evidence.raw) + sum(
        len(name.encode()) + len(value.encode()) for name, value in evidence.fields.items()
    )
    assert size <= EVIDENCE_BYTES
    assert evidence.fields["srcip"] == "192.168.1.42"
    assert evidence.fields["script"].startswith("あ")


def test_a_rule_without_handling_gives_a_finding_that_leaves_it_to_triage() -> None:
    (rule,) = parse_rules(RULE.split("hinomi:")[0].encode(), path="test.yml")
    assert isinstance(rule, Rule)
    event = Event("E", "aoi", "s", "fortigate", "fw", RECEIVED, RECEIVED, {"type": "utm"}, b"")
    finding = make_finding(match=Match(rule, ()), event=event, versions=Versions(), aliases={})
    assert (finding.case, finding.action, finding.certainty) == ("", None, None)
