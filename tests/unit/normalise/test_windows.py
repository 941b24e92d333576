"""Windows events end under Sigma's names, whoever encoded them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import NotThisFormat
from hinomi.core.records import Event
from hinomi.normalise import read_tree, view
from hinomi.normalise.formats.windows import fields_of_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import RawRecord

SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "{1}"}},
    "EventID": 1,
    "Level": 4,
    "TimeCreated": {"#attributes": {"SystemTime": "2026-11-20T00:00:00.5Z"}},
    "Execution": {"#attributes": {"ProcessID": 11, "ThreadID": 12}},
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "PC-01",
    "Security": None,
}


def test_system_parts_and_event_data_get_sigmas_names() -> None:
    tree = {"Event": {"System": SYSTEM, "EventData": {"ProcessId": 5, "Image": "C:\\a.exe"}}}
    fields = fields_of_tree(tree)
    assert fields["Provider_Name"] == "Microsoft-Windows-Sysmon"
    assert (fields["EventID"], fields["Channel"]) == ("1", "Microsoft-Windows-Sysmon/Operational")
    assert (fields["Execution_ProcessID"], fields["ProcessId"]) == ("11", "5")


def test_qualified_event_ids_and_bare_data_are_understood() -> None:
    system = SYSTEM | {"EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 15457}}
    tree = {
        "Event": {"System": system, "EventData": {"Data": {"#text": ["xp_cmdshell", "0", "1"]}}}
    }
    fields = fields_of_tree(tree)
    assert (fields["EventID"], fields["Data"]) == ("15457", "xp_cmdshell\n0\n1")


def test_user_data_is_read_from_inside_its_element() -> None:
    data = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "haru"}}
    tree = {"Event": {"System": SYSTEM | {"EventID": 1102}, "UserData": data}}
    assert fields_of_tree(tree)["SubjectUserName"] == "haru"


def test_data_named_like_a_system_part_does_not_hide_it() -> None:
    tree = {"Event": {"System": SYSTEM, "EventData": {"Computer": "other"}}}
    fields = fields_of_tree(tree)
    assert (fields["Computer"], fields["EventData_Computer"]) == ("PC-01", "other")


@pytest.mark.parametrize(
    "tree", [{}, {"Event": {}}, {"Event": {"System": {}}}, {"winlog": {}}, {"a": 1}]
)
def test_other_json_is_not_a_windows_event(tree: dict[str, object]) -> None:
    with pytest.raises(NotThisFormat):
        fields_of_tree(tree)


def test_an_xml_bomb_is_refused(event: Callable[..., Event]) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aa">]><Event><System><EventID>1</EventID></System></Event>'
    assert event(bomb).shape == "generic"


def test_a_beats_record_that_kept_only_ecs_gets_its_rule_names_back(
    event: Callable[..., Event],
) -> None:
    raw = json.dumps(
        {
            "process": {"executable": "C:\\x.exe", "command_line": "x.exe -y"},
            "winlog": {"event_id": "1", "provider_name": "Microsoft-Windows-Sysmon"},
        }
    )
    assert event(raw).fields["Image"] == "C:\\x.exe"
    assert event(raw).fields["CommandLine"] == "x.exe -y"


def test_the_ecs_view_splits_users_hashes_and_registry_paths(
    record: Callable[..., RawRecord],
) -> None:
    data = {
        "User": "AOI\\haru",
        "Hashes": "MD5=AB,SHA256=CD",
        "TargetObject": "HKLM\\Software\\Run\\x",
        "Image": "C:\\Windows\\a.exe",
        "ProcessId": "0x10",
    }
    result = read_tree(record(b"{}"), {"Event": {"System": SYSTEM, "EventData": data}})
    assert isinstance(result, Event)
    ecs = view(result, "ecs")
    assert (ecs["user.domain"], ecs["user.name"]) == ("AOI", "haru")
    assert (ecs["process.hash.md5"], ecs["process.name"], ecs["process.pid"]) == ("ab", "a.exe", 16)
    assert (ecs["registry.key"], ecs["registry.value"]) == ("Software\\Run", "x")
    assert ecs["@timestamp"] == "2026-11-20T00:00:00.500000Z"
