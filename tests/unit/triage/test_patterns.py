"""Which findings of two companies are alike, and that nothing but hashes says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hinomi.triage.patterns import RANSOMWARE_CHAIN, PatternKind, patterns_of, rule_key

if TYPE_CHECKING:
    from tests.unit.triage.conftest import Maker

UPDATER = {
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Image": r"C:\Users\tanaka\AppData\Local\Kaikei\9.4.1\update.exe",
    "ParentImage": r"C:\Program Files\Kaikei\agent.exe",
}


def first_key(make: Maker, case: str = "suspicious_program", **fields: str) -> str:
    return patterns_of(make.finding(case=case, fields={**UPDATER, **fields}))[0].key


def test_the_same_program_of_another_person_and_version_is_alike(make: Maker) -> None:
    other = r"c:\users\suzuki.h\appdata\local\kaikei\9.12.0\UPDATE.exe"
    assert first_key(make) == first_key(make, Image=other)


@pytest.mark.parametrize(
    "change",
    [{"Image": r"C:\Users\tanaka\x.exe"}, {"ParentImage": r"C:\Windows\explorer.exe"}],
    ids=["program", "parent"],
)
def test_another_program_or_parent_is_not_alike(make: Maker, change: dict[str, str]) -> None:
    assert first_key(make) != first_key(make, **change)


def test_another_rule_on_the_same_program_is_not_alike(make: Maker) -> None:
    findings = [
        make.finding(case="suspicious_program", fields=UPDATER, rule_id=rule) for rule in "ab"
    ]
    assert len({patterns_of(each)[0].key for each in findings}) == 2


def test_one_signer_is_one_pattern_wherever_the_program_lies(make: Maker) -> None:
    signed = {"Signature": "Kaikei Soft K.K."}
    elsewhere = {"Image": r"D:\tools\kaikei.exe", "ParentImage": ""}
    assert first_key(make, **signed) == first_key(make, **signed, **elsewhere)
    assert first_key(make, Signature="-") == first_key(make)


@pytest.mark.parametrize("case", sorted(RANSOMWARE_CHAIN))
def test_the_ransomware_chain_is_never_taken_for_an_update(make: Maker, case: str) -> None:
    found = patterns_of(make.finding(case=case, fields=UPDATER))
    assert found
    assert not any(each.may_be_update for each in found)


def test_what_a_protection_product_names_is_never_taken_for_an_update(make: Maker) -> None:
    """Three companies get the same malware by mail within the hour: nobody waits."""
    named = {"threat": "Trojan:Win32/Example", "file": "seikyusho.xlsm"}
    found = patterns_of(make.finding(case="malware_on_pc", slots=named))
    assert found[0].kind is PatternKind.PROGRAM
    assert not any(each.may_be_update for each in found)


def test_a_known_bad_indicator_is_one_pattern_and_no_update(make: Maker) -> None:
    finding = make.finding(case="attack_seen", rule_id="intel-0123456789abcdef")
    (pattern,) = patterns_of(finding)
    assert (pattern.kind, pattern.may_be_update) == (PatternKind.INDICATOR, False)


def test_a_sender_is_alike_over_rules_and_cases(make: Maker) -> None:
    slots = [{"sender": "Billing@Evil.Example"}, {"sender": "billing@evil.example"}]
    found = [
        patterns_of(make.finding(case="partner_mail_malware", rule_id=f"r{n}", slots=each))
        for n, each in enumerate(slots)
    ]
    assert found[0][0] == found[1][0]
    assert found[0][0].kind is PatternKind.SENDER
    assert not found[0][0].may_be_update


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("198.51.100.7", PatternKind.INDICATOR),
        ("bad.example", PatternKind.INDICATOR),
        ("192.168.1.1", PatternKind.RULE),
        ("10.1.2.3", PatternKind.RULE),
        ("fe80::1", PatternKind.RULE),
        ("GATEWAY", PatternKind.RULE),
    ],
)
def test_only_a_stranger_outside_can_be_met_by_two_companies(
    make: Maker, address: str, kind: PatternKind
) -> None:
    finding = make.finding(case="login_attempts", slots={"source_ip": address})
    assert patterns_of(finding)[0].kind is kind


def test_the_rule_alone_comes_last(make: Maker) -> None:
    finding = make.finding(case="suspicious_program", fields=UPDATER)
    assert patterns_of(finding)[-1].key == rule_key(finding.rule_id)


def test_a_pattern_holds_no_word_of_the_record(make: Maker) -> None:
    """It crosses from company to company; a name in it would be a leak."""
    finding = make.finding(fields=UPDATER, slots={"sender": "a@b.example", "file": "himitsu.xlsx"})
    for pattern in patterns_of(finding):
        assert re.fullmatch("[0-9a-f]{32}", pattern.key)
