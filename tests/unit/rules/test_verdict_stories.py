"""From a device's line to what a customer reads: the verdict rules over every kind of gate.

What was stopped must never become a scare, what was only seen must never be called stopped, and
the machine named must be the company's own, not the firewall and not the attacker.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.core.words import ActionLevel, Disposition, ThreatKind
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record
from hinomi.pipeline.findings import Versions, make_finding
from hinomi.respond.text import TextFacts, build
from hinomi.triage.judge import judge

if TYPE_CHECKING:
    from hinomi.core.findings import Finding
    from hinomi.core.incidents import Judgement

ROOT = Path(__file__).resolve().parents[3]
RULES = load_rules([ROOT / "rules"])
MATCHER = RuleSet(RULES.rules, aliases=aliases_by_shape())
RECEIVED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SAMPLES = ROOT / "tests" / "goldens" / "formats"
NOW, TODAY, CHECK, NONE = (
    ActionLevel.NOW,
    ActionLevel.TODAY,
    ActionLevel.CHECK,
    ActionLevel.NONE,
)


def _event(raw: str) -> Event:
    record = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode())
    event = read_record(record)
    assert isinstance(event, Event)
    return event


def _findings(event: Event) -> list[Finding]:
    return [
        make_finding(match=match, event=event, versions=Versions(), aliases={})
        for match in MATCHER.match(event)
        if match.rule.id not in RULES.silent
    ]


def _story(raw: str) -> tuple[Finding, Judgement]:
    (finding,) = _findings(_event(raw))
    return finding, judge(finding)


def _line(form: str, number: int) -> str:
    """A line of the format's own sample, by its number."""
    (sample,) = (p for p in (SAMPLES / form).iterdir() if not p.name.endswith(".expected.jsonl"))
    return sample.read_text(encoding="utf-8").splitlines()[number - 1]


@pytest.mark.parametrize(
    ("form", "number", "case", "level", "device"),
    [
        ("checkpoint", 2, "attack_blocked", NONE, "192.0.2.1"),
        ("checkpoint", 3, "c2_communication", NOW, "192.168.1.33"),
        ("checkpoint", 4, "malware_stopped", NONE, "192.168.1.22"),
        ("checkpoint", 7, "phishing_blocked", NONE, "192.168.1.23"),
        ("checkpoint", 9, "login_attempts", TODAY, "192.0.2.2"),
        ("checkpoint_harmony", 1, "fake_mail", NONE, "aoi"),
        ("checkpoint_harmony", 2, "partner_mail_malware", TODAY, ""),
        ("palo_alto", 5, "malware_on_pc", NOW, "192.168.1.5"),
        ("palo_alto", 6, "c2_communication", TODAY, "192.168.1.33"),
        ("palo_alto", 8, "protection_weak", TODAY, "aoi-pa"),
        ("palo_alto", 16, "c2_communication", TODAY, "192.168.1.33"),
        ("cortex_xdr", 3, "ransomware", NOW, ""),
        ("sonicwall", 2, "attack_seen", CHECK, "198.51.100.1"),
        ("sonicwall", 3, "malware_stopped", NONE, "192.168.1.21"),
        ("watchguard", 3, "malware_stopped", NONE, "192.168.1.22"),
        ("watchguard_epdr", 1, "malware_stopped", NONE, "AOI-PC07"),
        ("stormshield", 4, "c2_communication", NOW, "192.168.1.33"),
        ("stormshield_endpoint", 2, "ransomware", CHECK, "AOI-PC07"),
        ("clavister", 4, "malware_stopped", NONE, "192.168.1.22"),
        ("juniper", 2, "attack_blocked", NONE, "aoi-srx"),
        ("juniper", 4, "malware_on_pc", TODAY, "192.168.1.22"),
        ("barracuda", 3, "c2_communication", NOW, "192.168.1.33"),
        ("fortimail", 3, "fake_mail", TODAY, "FEVM020000000001"),
    ],
)
def test_a_gates_verdict_reaches_the_right_words_level_and_machine(
    form: str, number: int, case: str, level: ActionLevel, device: str
) -> None:
    _, judged = _story(_line(form, number))
    assert (judged.kind, judged.level, judged.device) == (case, level, device)


@pytest.mark.parametrize("form", sorted(path.name for path in SAMPLES.iterdir()))
def test_the_words_never_say_more_than_the_product_did(form: str) -> None:
    """Every sample of every format with a verdict, and the sentence a customer would read."""
    for sample in (p for p in (SAMPLES / form).iterdir() if p.suffix in (".log", ".jsonl")):
        if sample.name.endswith(".expected.jsonl"):
            continue
        for raw in sample.read_bytes().splitlines():
            event = read_record(RawRecord("E", "aoi", "s", form, "Asia/Tokyo", RECEIVED, raw))
            if not isinstance(event, Event) or "verdict.kind" not in event.fields:
                continue
            for finding in _findings(event):
                judged = judge(finding)
                text = build(judged.kind, facts=_facts(judged, form), service_name="見守り")
                said = "".join((text.title, *text.what))
                if event.disposition is not Disposition.STOPPED:
                    assert "止めました" not in said, raw
                else:
                    assert judged.level is not NOW, raw


def _facts(judged: Judgement, form: str) -> TextFacts:
    return TextFacts(
        level=judged.level,
        certainty=judged.certainty,
        disposition=judged.disposition,
        first_event_at=judged.first_event_at,
        last_event_at=judged.last_event_at,
        now=RECEIVED,
        number="K-1",
        device=judged.device,
        guard_kind=form,
        slots=judged.slots,
    )


@pytest.mark.parametrize("kind", sorted(set(ThreatKind) - {ThreatKind.POLICY}))
@pytest.mark.parametrize("outcome", list(Disposition))
@pytest.mark.parametrize("origin", ["inside", "outside"])
def test_every_verdict_is_told_exactly_once(
    kind: ThreatKind, outcome: Disposition, origin: str
) -> None:
    """Two rules for one verdict would open two incidents; none would hide it."""
    fields = {
        "verdict.kind": kind.value,
        "verdict.name": "x",
        "verdict.disposition": outcome.value,
        "verdict.origin": origin,
    }
    event = Event(
        "E", "aoi", "s", "learned_1", "d", RECEIVED, RECEIVED, fields, b"", disposition=outcome
    )
    assert len(_findings(event)) == 1


def test_a_house_rule_is_counted_and_told_to_nobody() -> None:
    fields = {"verdict.kind": "policy", "verdict.name": "games", "verdict.disposition": "stopped"}
    event = Event("E", "aoi", "s", "learned_1", "d", RECEIVED, RECEIVED, fields, b"")
    assert _findings(event) == []
