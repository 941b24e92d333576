"""Which records tell that a program ran or a service came, and when that is news."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.detect.baselines.new_program import COMMON_AT, NEW_PROGRAM, NEW_SERVICE
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

SYSMON = {"Provider_Name": "Microsoft-Windows-Sysmon", "EventID": "1"}
AUDIT = {"Provider_Name": "Microsoft-Windows-Security-Auditing", "EventID": "4688"}
INSTALLED = {"Provider_Name": "Service Control Manager", "EventID": "7045"}
AUDITED = {"Provider_Name": "Microsoft-Windows-Security-Auditing", "EventID": "4697"}
ALIVE = {"Provider_Name": "EventLog", "EventID": "6013"}
WORD, STRANGE = r"C:\Program Files\Office\WINWORD.EXE", r"C:\Users\mori\Downloads\strange.exe"


def run(path: str, day: int, *, device: str = "PC1") -> Event:
    return event({**SYSMON, "Image": path}, at(day), shape="windows", device=device)


def service(name: str, path: str, day: int) -> Event:
    fields = {**INSTALLED, "ServiceName": name, "ImagePath": path}
    return event(fields, at(day), shape="windows", device="PC1")


def learnt(device: str = "PC1") -> list[Event]:
    return [run(WORD, day, device=device) for day in range(LEARNING_DAYS)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STRANGE, r"C:\Users\aoi\Downloads\strange.exe"),
        (r"C:\App\app-1.2.30\run.exe", r"c:\app\APP-1.3.4\run.exe"),
        (r"C:\Temp\is-K3J2A.tmp\setup.exe", r"C:\Temp\is-QQWWE.tmp\setup.exe"),
        (r"C:\x\{0f3a9c2d11aa}\a.exe", r"C:\x\{99887766aabb}\a.exe"),
    ],
)
def test_user_release_and_random_folders_make_no_other_program(one: str, other: str) -> None:
    assert not watched([*learnt(), run(one, 3), run(other, 20)])


def test_the_folder_makes_another_program() -> None:
    (found,) = watched([*learnt(), run(r"C:\Users\mori\WINWORD.EXE", 20)])

    assert found.teller is NEW_PROGRAM.teller
    assert found.slots["program"] == r"C:\Users\mori\WINWORD.EXE"


def test_the_security_log_tells_of_programs_too() -> None:
    known = [
        event({**AUDIT, "NewProcessName": WORD}, at(day), shape="windows", device="PC1")
        for day in range(LEARNING_DAYS)
    ]
    new = event({**AUDIT, "NewProcessName": STRANGE}, at(20), shape="windows", device="PC1")

    assert [found.event for found in watched([*known, new])] == [new]


def test_a_program_that_goes_round_the_company_is_told_on_the_first_pcs_only() -> None:
    names = [f"PC{number}" for number in range(8)]
    events = [each for name in names for each in learnt(name)]
    events += [run(STRANGE, 20, device=name) for name in names]

    assert [found.event.device for found in watched(events)] == names[:COMMON_AT]


def test_a_new_pc_is_not_told_program_by_program() -> None:
    events = [run(f"C:\\App\\{name}.exe", 30, device="NEW") for name in "abcdefg"]

    assert not watched([*learnt(), *events])


def test_a_service_is_judged_once_the_pc_has_reported_long_enough() -> None:
    alive = [event(ALIVE, at(day), shape="windows", device="PC1") for day in range(LEARNING_DAYS)]
    new = service("helper", STRANGE, 20)

    (found,) = watched([*alive, new])
    assert (found.teller, found.slots["program"]) == (NEW_SERVICE.teller, "helper")
    assert not watched([*alive[:-1], new])


def test_a_service_that_windows_numbers_anew_is_the_same() -> None:
    alive = [event(ALIVE, at(day), shape="windows", device="PC1") for day in range(LEARNING_DAYS)]
    first, again = service("CDPUserSvc_1a2b3", "x", 3), service("CDPUserSvc_9f8e7", "x", 20)

    assert not watched([*alive, first, again])


def test_the_security_log_tells_of_services_too() -> None:
    fields = {**AUDITED, "ServiceName": "helper", "ServiceFileName": STRANGE}
    found = NEW_SERVICE.readers["windows"](event(fields, at(1), shape="windows", device="PC1"))

    assert found is not None
    assert found.slots == {"program": "helper"}
