"""Audit records: what the kernel wrote in hex or in numbers is said in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HEAD = "type={} msg=audit(1795110253.123:4512): "


def _event(text: str) -> Event:
    record = read_record(RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, text.encode()))
    assert isinstance(record, Event), record
    return record


def test_the_time_is_the_kernels_own() -> None:
    event = _event(f'Nov 20 03:00:00 file-sv audispd: {HEAD.format("CWD")}cwd="/"')
    assert event.event_time == datetime(2026, 11, 19, 17, 44, 13, 123_000, tzinfo=UTC)
    assert (event.shape, event.device) == ("auditd", "file-sv")


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("a0=2F746D702F612062", "a0", "/tmp/a b"),
        ('a0="4142"', "a0", "4142"),
        ("a0=E381B2", "a0", "ひ"),
        ("a0=xyz", "a0", "xyz"),
        ("a0=ABC", "a0", "ABC"),
    ],
)
def test_an_argument_in_hex_is_read_and_a_quoted_one_left(said: str, name: str, value: str) -> None:
    assert _event(HEAD.format("EXECVE") + said).fields[name] == value


def test_the_arguments_of_a_call_are_numbers_and_stay() -> None:
    fields = _event(HEAD.format("SYSCALL") + "arch=c000003e syscall=59 a0=4142").fields
    assert (fields["a0"], fields["SYSCALL"]) == ("4142", "execve")


def test_another_processors_call_keeps_its_number_alone() -> None:
    fields = _event(HEAD.format("SYSCALL") + "arch=c00000b7 syscall=59 a0=0").fields
    assert "SYSCALL" not in fields


def test_what_a_program_says_cannot_forge_what_the_kernel_said() -> None:
    """The message inside `msg='…'` is a program's: an attacker may have written the program."""
    said = "pid=12 uid=1000 auid=1000 ses=3 msg='op=login auid=0 acct=\"x\" res=success'"
    fields = _event(HEAD.format("USER_LOGIN") + said).fields
    assert (fields["auid"], fields["acct"]) == ("1000", "x")


def test_a_moment_beyond_all_calendars_is_no_crash() -> None:
    event = _event('type=CWD msg=audit(99999999999.123:1): cwd="/"')
    assert event.event_time == RECEIVED


@pytest.mark.parametrize("text", ["type=X msg=audit(12:4): a=1", "type= msg=audit(", "audit("])
def test_what_only_looks_like_a_record_is_left_to_others(text: str) -> None:
    record = read_record(RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, text.encode()))
    assert isinstance(record, SetAside) or record.shape != "auditd"


RULE = """
title: Call by name
id: 5b0f7f0e-2a57-4f7b-93d8-0a8b7d3a2f11
logsource: {product: linux, service: auditd}
detection:
  selection: {type: SYSCALL, SYSCALL: memfd_create}
  condition: selection
level: low
"""


@pytest.mark.parametrize("added", ["", "\x1dARCH=x86_64 SYSCALL=memfd_create"])
def test_a_rule_that_names_a_call_fires_with_and_without_enrichment(
    added: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("rules") / "rule.yml"
    path.write_text(RULE)
    matcher = RuleSet(load_rules([path]).rules, aliases=aliases_by_shape())
    event = _event(HEAD.format("SYSCALL") + f"arch=c000003e syscall=319 success=yes{added}")
    assert [match.rule.title for match in matcher.match(event)] == ["Call by name"]
