"""An exception silences exactly what a person meant: this rule, company, kind and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.core.directory import Directory, Organisation, RuleException
from hinomi.core.errors import RuleRefused
from hinomi.core.findings import Evidence
from hinomi.core.records import Event
from hinomi.detect import Rule, parse_rules
from hinomi.detect.exceptions import ExceptionRule
from hinomi.detect.found import Found
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.exceptions.silencer import Silencer

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
BACKUP = """
title: The nightly backup
logsource: {product: linux, service: auditd}
filter:
  rules: [rule-1]
  selection: {comm: tar, 'exe|endswith': /tar}
  condition: not selection
"""
RULE = """
title: Something packed
id: rule-1
logsource: {product: linux, service: auditd}
detection: {selection: {key: exec}, condition: selection}
level: low
"""
EXCEPTION = RuleException(
    "exc_1", ("aoi",), BACKUP, NOW - timedelta(days=1), NOW + timedelta(days=1)
)
FIELDS = {"type": "SYSCALL", "comm": "tar", "exe": "/usr/bin/tar", "key": "exec"}


def _rule() -> Rule:
    (rule,) = parse_rules(RULE.encode(), path="rule.yml")
    assert isinstance(rule, Rule)
    return rule


def _found(**changes: object) -> Found:
    event = Event("E1", "aoi", "s", "auditd", "web1", NOW, NOW, FIELDS, b"")
    return Found(_rule(), replace(event, **changes), (), "E1")  # type: ignore[arg-type]


def _mark(found: Found, *exceptions: RuleException) -> str:
    return Silencer(Directory(exceptions=exceptions or (EXCEPTION,))).silenced_by(found)


def test_what_is_meant_is_silenced_and_says_by_what() -> None:
    assert _mark(_found()) == "exception:exc_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"organisation": "fumi"},
        {"fields": FIELDS | {"comm": "nc"}},
        {"fields": {"comm": "tar"}},
        {"shape": "windows"},
        {"receive_time": NOW + timedelta(days=1)},
        {"receive_time": NOW - timedelta(days=1, seconds=1)},
    ],
    ids=["other company", "other program", "part of it", "other kind", "expired", "before it"],
)
def test_what_is_not_meant_is_told(changes: dict[str, object]) -> None:
    assert _mark(_found(**changes)) == ""


def test_another_rule_on_the_same_event_is_told() -> None:
    found = _found()
    other = replace(found, teller=replace(_rule(), id="rule-2"))
    assert _mark(other) == ""


def test_a_correlation_is_silenced_only_when_all_it_counted_is_meant() -> None:
    """Nine backups must not hide the one thing that was no backup."""
    meant = Evidence("E0", NOW, FIELDS, b"")
    other = Evidence("E9", NOW, FIELDS | {"comm": "nc"}, b"")
    assert _mark(replace(_found(), earlier=(meant,))) == "exception:exc_1"
    assert _mark(replace(_found(), earlier=(meant, other))) == ""


def test_a_placeholder_takes_the_companys_own_values() -> None:
    text = BACKUP.replace("{comm: tar, 'exe|endswith': /tar}", "{'comm|expand': '%backup%'}")
    company = Organisation("aoi", "葵", placeholders=(("backup", ("rsync", "tar")),))
    silencer = Silencer(
        Directory(organisations=(company,), exceptions=(replace(EXCEPTION, filter=text),))
    )
    assert silencer.silenced_by(_found()) == "exception:exc_1"
    assert silencer.silenced_by(_found(fields=FIELDS | {"comm": "nc"})) == ""


def test_an_exception_nobody_can_read_silences_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert _mark(_found(), replace(EXCEPTION, filter="title: broken")) == ""
    assert "exc_1" in caplog.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BACKUP.replace("[rule-1]", "any"), "names the rules"),
        (RULE, "one Sigma filter document"),
        (f"{BACKUP}---{BACKUP}", "one Sigma filter document"),
        (BACKUP.replace("not selection", "not others"), "others"),
        (BACKUP.replace("auditd", "nobody"), "no source of ours"),
        ("a: [", "YAML|expected"),
    ],
)
def test_what_is_no_exception_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RuleRefused, match=reason):
        ExceptionRule(text, path="x.yml", aliases=aliases_by_shape())
