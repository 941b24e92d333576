"""Rules for Sysmon for Linux and for auditd find what the agent sends, without a word changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main
from hinomi.collect.body import split_body
from hinomi.collect.limits import Limits
from hinomi.core.signals import Goodbye, goodbye_in, goodbye_record, try_names_in

if TYPE_CHECKING:
    from pathlib import Path

_START = {
    "hinomi": "process", "EventID": "1", "UtcTime": "2026-11-20 09:12:44.125",
    "Image": "/usr/bin/whoami", "CommandLine": "whoami /all", "User": "www-data",
    "ParentImage": "/usr/sbin/apache2", "type": ["SYSCALL", "CWD", "EXECVE"],
    "argv": ["whoami", "/all"], "syscall": "59", "success": "yes", "tty": "(none)", "uid": "33",
    "comm": "whoami", "exe": "/usr/bin/whoami", "Computer": "file-sv",
}  # fmt: skip
_CONNECTION = {
    "hinomi": "network", "EventID": "3", "UtcTime": "2026-11-20 09:12:44.125",
    "Image": "/usr/bin/nc", "DestinationIp": "203.0.113.80", "DestinationPort": "4444",
    "Initiated": "true", "Computer": "file-sv",
}  # fmt: skip
_FILE = {
    "hinomi": "file", "EventID": "11", "UtcTime": "2026-11-20 09:12:44.125",
    "Image": "/usr/bin/bash", "TargetFilename": "/etc/cron.d/x", "Computer": "file-sv",
}  # fmt: skip
_GONE = _FILE | {"EventID": "23"}
_RULES_REMOVED = {
    "hinomi": "audit", "UtcTime": "2026-11-20 09:12:44.125", "type": "CONFIG_CHANGE",
    "op": "remove_rule", "auid": "1000", "Computer": "file-sv",
}  # fmt: skip
_RULE = """\
title: Probe
id: 5f0d5a8e-3a53-4f4e-9e7c-2b7a40c1d001
logsource: {logsource}
detection:
  selection: {selection}
  condition: selection
level: high
"""


@pytest.mark.parametrize(
    ("logsource", "selection", "sent"),
    [
        (
            "{product: linux, category: process_creation}",
            "{Image|endswith: /whoami, ParentImage|endswith: /apache2, CommandLine: whoami /all}",
            _START,
        ),
        ("{product: linux, service: auditd}", "{type: EXECVE, a0: whoami, a1: /all}", _START),
        ("{product: linux, service: auditd}", "{type: SYSCALL, SYSCALL: execve}", _START),
        (
            "{product: linux, category: network_connection}",
            "{Image|endswith: /nc, DestinationPort: 4444}",
            _CONNECTION,
        ),
        (
            "{product: linux, category: file_event}",
            "{TargetFilename|startswith: /etc/cron.d/}",
            _FILE,
        ),
        ("{product: linux, category: file_delete}", "{TargetFilename|contains: cron}", _GONE),
        ("{product: linux, service: auditd}", "{op: remove_rule}", _RULES_REMOVED),
    ],
)
def test_a_rule_finds_what_the_agent_sends(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logsource: str,
    selection: str,
    sent: dict[str, object],
) -> None:
    rule, records = tmp_path / "rule.yml", tmp_path / "records.log"
    rule.write_text(_RULE.replace("{logsource}", logsource).replace("{selection}", selection))
    lines = [_START, _CONNECTION, _FILE, _GONE, _RULES_REMOVED]
    records.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    main(["scan", "--rules", str(rule), "--format", "jsonl", str(records)])
    found = [json.loads(line)["record"] for line in capsys.readouterr().out.splitlines()]
    assert found == [lines.index(sent) + 1]


def test_what_the_agent_sends_is_taken_apart_line_by_line() -> None:
    """Records of its own and lines of a log in one request; words in a record break no line."""
    records = [
        json.dumps({"hinomi": "process", "CommandLine": "a\nb\r\u2028c"}).encode(),
        "Nov 20 10:12:01 file-sv sshd[1]: Failed password for 佐藤".encode(),
    ]
    frames = split_body(b"\n".join(records), media_type="text/plain", limits=Limits())
    assert [frame.raw for frame in frames] == records


def test_the_try_of_a_person_is_found_in_the_program_it_starts() -> None:
    sent = _START | {"CommandLine": "logger -t hinomi shiken-abcdefgh"}
    assert try_names_in(json.dumps(sent).encode()) == ["shiken-abcdefgh"]


@pytest.mark.parametrize("reason", list(Goodbye))
def test_the_goodbye_of_the_agent_is_understood(reason: Goodbye) -> None:
    assert goodbye_in(goodbye_record(reason) | {"Computer": "file-sv"}) is reason
