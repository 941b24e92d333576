"""The kernel's own audit, where this machine lets us: real programs, files and connections."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from hinomi.agent import audit_rules
from hinomi.agent.audit_collector import AuditCollector
from hinomi.agent.lookups import MachineLookups
from hinomi.agent.netlink import LOCKED, AuditControl, AuditRefused
from hinomi.agent.trying import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE_S = 10.0
_NOT_OURS = -1


def _why_not() -> str:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root (CAP_AUDIT_CONTROL, CAP_AUDIT_READ)"
    try:
        with AuditControl() as control:
            status = control.status()
    except AuditRefused as error:
        return f"the kernel's audit cannot be used here: {error.message}"
    if status.owner or status.enabled == LOCKED:
        return "another program owns this machine's audit"
    return ""


pytestmark = [
    pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "never"),
    pytest.mark.usefixtures("audit_alone"),
]


@pytest.fixture
def collector(tmp_path: Path, audit_alone: None) -> Iterator[AuditCollector]:
    opened = AuditCollector(folders=[str(tmp_path)], lookups=MachineLookups(), own_pid=_NOT_OURS)
    yield opened
    opened.close()


def _until(
    collector: AuditCollector, holds: Callable[[list[dict[str, object]]], bool]
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        found += [json.loads(told.body) for told in collector.read()]
        if holds(found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"not seen within {_PATIENCE_S} s among {len(found)} records")


def test_a_try_is_seen_though_the_agent_leaves_out_its_own(audit_alone: None) -> None:
    opened = AuditCollector(folders=[], lookups=MachineLookups(), own_pid=os.getpid())
    try:
        show("shiken-abcdefgh")
        _until(opened, lambda found: any("shiken-abcdefgh" in str(each) for each in found))
    finally:
        opened.close()


def test_every_short_program_is_seen_with_its_arguments(collector: AuditCollector) -> None:
    for number in range(100):
        subprocess.run(["/bin/true", f"hinomi test {number}"], check=True)
    wanted = {f"/bin/true hinomi test {number}" for number in range(100)}

    def all_seen(found: list[dict[str, object]]) -> bool:
        return wanted <= {str(each.get("CommandLine")) for each in found}

    found = _until(collector, all_seen)
    ours = [each for each in found if str(each.get("CommandLine")) in wanted]
    assert len(ours) == 100
    assert all(each["ParentProcessId"] == str(os.getpid()) for each in ours)
    assert all(str(each["Hashes"]).startswith("SHA256=") for each in ours)
    assert collector.lost() == 0


def test_files_in_a_chosen_folder_are_seen(collector: AuditCollector, tmp_path: Path) -> None:
    (tmp_path / "web.php").write_text("x")
    (tmp_path / "web.php").rename(tmp_path / "new.php")
    (tmp_path / "new.php").unlink()
    wanted = [
        ("11", str(tmp_path / "web.php")),
        ("23", str(tmp_path / "web.php")),
        ("11", str(tmp_path / "new.php")),
        ("23", str(tmp_path / "new.php")),
    ]

    def told(found: list[dict[str, object]]) -> list[tuple[object, object]]:
        files = [(each.get("EventID"), each.get("TargetFilename")) for each in found]
        return [each for each in files if each in wanted]

    assert told(_until(collector, lambda found: len(told(found)) == 4)) == wanted


def test_a_connection_is_seen_and_one_to_this_machine_is_not(collector: AuditCollector) -> None:
    """UDP's connect sends nothing: the address is for documentation."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 4711))
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.77", 4711))
        except OSError as error:
            if error.errno != errno.ENETUNREACH:
                raise
            pytest.skip("this machine has no way to other networks")

    def seen(found: list[dict[str, object]]) -> list[object]:
        return [each["DestinationIp"] for each in found if each.get("DestinationPort") == "4711"]

    assert seen(_until(collector, lambda found: bool(seen(found)))) == ["192.0.2.77"]


def test_our_rules_are_gone_after_the_end(tmp_path: Path) -> None:
    AuditCollector(folders=[str(tmp_path)], lookups=MachineLookups(), own_pid=_NOT_OURS).close()
    with AuditControl() as control:
        keys = {audit_rules.key_of(each) for each in control.rules()}
    assert not keys & audit_rules.KEYS


def test_an_audit_that_was_off_is_off_again_after_the_end(tmp_path: Path) -> None:
    with AuditControl() as control:
        found = control.status().enabled
        control.disable()
    opened = AuditCollector(folders=[str(tmp_path)], lookups=MachineLookups(), own_pid=_NOT_OURS)
    with AuditControl() as control:
        assert control.status().enabled == 1
    opened.close()
    with AuditControl() as control:
        assert control.status().enabled == 0
        if found:
            control.enable()


def test_rules_that_a_killed_agent_left_are_taken_over(tmp_path: Path) -> None:
    with AuditControl() as control:
        control.add(audit_rules.changes_below("/usr/share").packed())
    AuditCollector(folders=[str(tmp_path)], lookups=MachineLookups(), own_pid=_NOT_OURS).close()
    with AuditControl() as control:
        keys = [audit_rules.key_of(each) for each in control.rules()]
    assert not set(keys) & audit_rules.KEYS


def test_the_rules_taken_away_by_somebody_else_are_told(collector: AuditCollector) -> None:
    time.sleep(0.05)  # what we set ourselves has an older time
    with AuditControl() as control:
        control.remove(audit_rules.programs("c000003e").packed())

    def removed(found: list[dict[str, object]]) -> bool:
        return any(each.get("op") == "remove_rule" for each in found)

    _until(collector, removed)
