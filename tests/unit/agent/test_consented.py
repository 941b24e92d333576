"""What the agent sends stands in the consent to watch, by the name it has on its way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hinomi.agent import inventory
from hinomi.agent.audit_joining import Joiner, Whole
from hinomi.agent.sysmon import Sent, of_alone, of_whole, wants
from hinomi.normalise.collected import collected_of
from tests.unit.agent.stream import Machine, call, exec_records, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hinomi.agent.audit_records import Record

_STATUS = "Package: bash\nStatus: install ok installed\nVersion: 5.2\n"
_WORDS = frozenset({"argv"})  # they stand in CommandLine too
_CONTENT = re.compile(r"content|body|payload|keystroke|environ|^data$", re.IGNORECASE)
_EVENTS: dict[str, list[Record]] = {
    "process": exec_records(1, words=("curl", "-s")),
    "network": [
        call(2, syscall=42),
        record(1306, 2, "saddr=02000050CB0071500000000000000000"),
        record(1320, 2, ""),
    ],
    "file": [
        call(3, syscall=257, more='key="hinomi-file"'),
        record(1302, 3, 'item=0 name="/etc/cron.d/a" nametype=CREATE'),
        record(1320, 3, ""),
    ],
}
# One record of user space with every field that the kernel's list of them has for these kinds.
_ALONE = (
    'pid=9 uid=0 auid=1000 ses=3 old=1 list=4 audit_enabled=1 key="k" old-auid=7 prom=256'
    ' old_prom=0 dev=eth0 name="mod" data=6C73 msg=\'op=PAM:auth grp="sudo" acct="sato"'
    ' exe="/bin/su" cmd=6C73 cwd="/" hostname=pc addr=203.0.113.9 terminal=ssh tty=pts0 res=failed'
    ' id=1001 unit=cron comm="su"\''
)


def _told() -> set[str]:
    return {name for group in collected_of("agent").groups for name in group.fields}


def _hidden(sent: Iterable[Sent]) -> set[str]:
    return {name for each in sent for name in each} - _told() - _WORDS


@pytest.mark.parametrize("kind", list(_EVENTS))
def test_programs_connections_and_files_hide_no_field(kind: str) -> None:
    joiner = Joiner(wants)
    done = [each for one in _EVENTS[kind] for each in joiner.add(one)]
    sent = [one for each in done if isinstance(each, Whole) for one in of_whole(each, Machine())]
    assert [each["hinomi"] for each in sent] == [kind]
    assert _hidden(sent) == set()


def test_sign_ins_and_accounts_hide_no_field() -> None:
    sent = of_alone(record(1112, 8, _ALONE), Machine())
    assert sent is not None
    assert {"cmd", "grp", "addr", "old-auid"} <= set(sent)
    assert _hidden([sent]) == set()


def test_the_inventory_hides_no_field(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(_STATUS)
    sent = inventory.inventory(tmp_path, run=lambda command: "")
    assert {each["hinomi"] for each in sent} == {"inventory", "packages"}
    assert _hidden(sent) == set()


def test_what_a_person_types_and_what_files_hold_is_no_record() -> None:
    assert [name for name in _told() if _CONTENT.search(name)] == []
    assert of_alone(record(1124, 9, "pid=7 uid=0 auid=1000 data=6C730D"), Machine()) is None
