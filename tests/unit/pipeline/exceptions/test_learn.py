"""What is proposed comes from what was found often, and never from what must be looked at."""

from __future__ import annotations

from datetime import UTC, datetime

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.detect import Rule, parse_rules
from hinomi.pipeline.exceptions.learn import suggest

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def _rule(name: str, level: str = "low") -> Rule:
    text = f"""
title: Rule {name}
id: {name}
logsource: {{product: linux, service: auditd}}
detection: {{selection: {{key: exec}}, condition: selection}}
level: {level}
"""
    (rule,) = parse_rules(text.encode(), path=f"{name}.yml")
    assert isinstance(rule, Rule)
    return rule


def _finding(rule: str, number: int, exe: str = "/usr/bin/tar") -> Finding:
    evidence = Evidence(f"E{number}", NOW, {"exe": exe, "pid": str(number)}, b"")
    return Finding(
        id=f"{rule}-{number}",
        organisation="aoi",
        source="s",
        rule_id=rule,
        rule_title=rule,
        level=Level.LOW,
        event_time=NOW,
        receive_time=NOW,
        device="web1",
        user="",
        case="",
        disposition=Disposition.UNKNOWN,
        tags=(),
        why=(),
        evidence=(evidence,),
        slots={},
        late=False,
        rule_pack="",
        directory_generation=1,
    )


def _suggested(findings: list[Finding], *rules: Rule) -> list[tuple[str, int]]:
    return [(one.proposal.rule_id, one.findings) for one in suggest(findings, rules, days=7)]


def test_the_most_frequent_rule_comes_first() -> None:
    findings = [_finding("a", n) for n in range(3)] + [_finding("b", n) for n in range(5)]
    assert _suggested(findings, _rule("a"), _rule("b")) == [("b", 5), ("a", 3)]


def test_two_findings_are_not_noise() -> None:
    assert _suggested([_finding("a", n) for n in range(2)], _rule("a")) == []


def test_a_critical_rule_is_never_proposed_to_be_silenced() -> None:
    assert _suggested([_finding("a", n) for n in range(9)], _rule("a", "critical")) == []


def test_what_no_rule_in_use_found_is_passed_over() -> None:
    """A correlation, a baseline, an indicator, a rule that is gone: no filter could name it."""
    assert _suggested([_finding("gone", n) for n in range(9)], _rule("a")) == []


def test_the_order_of_findings_changes_nothing() -> None:
    findings = [_finding("a", n, "/usr/bin/tar" if n % 3 else "/usr/bin/nc") for n in range(9)]
    assert suggest(findings, [_rule("a")], days=7) == suggest(findings[::-1], [_rule("a")], days=7)
