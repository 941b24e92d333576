"""A program start comes as several records; joined they say who started what, and from what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.records import Event, RawRecord
from hinomi.core.state import MemoryState
from hinomi.normalise import AuditJoiner, behind, read_record
from hinomi.normalise.audit_join import MOST_BYTES, MOST_OPEN

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def start(
    serial: int, *, pid: int = 20, ppid: int = 10, exe: str = "/usr/bin/tar", at: float = 0.0
) -> list[str]:
    """The records of one program start, in the kernel's order."""
    head = f"msg=audit({1795110253 + at:.3f}:{serial}): "
    ids = f"ppid={ppid} pid={pid} auid=1000 uid=33 tty=pts0 ses=3"
    return [
        f'type=SYSCALL {head}arch=c000003e syscall=59 success=yes {ids} exe="{exe}" key="exec"',
        f'type=EXECVE {head}argc=2 a0="{exe.rpartition("/")[2]}" a1="-v"',
        f'type=CWD {head}cwd="/srv"',
        f'type=PATH {head}item=0 name="{exe}" nametype=NORMAL',
        f"type=PROCTITLE {head}proctitle=7800",
    ]


def events_of(lines: list[str], *, organisation: str = "aoi") -> list[tuple[str, Event]]:
    found = []
    for number, line in enumerate(lines):
        raw = RawRecord(
            f"E{number:03d}", organisation, "s", "auto", "Asia/Tokyo", RECEIVED, line.encode()
        )
        event = read_record(raw)
        assert isinstance(event, Event)
        found.append(("s", event))
    return found


def joined_of(lines: list[str]) -> list[Event]:
    return [event for _, event in AuditJoiner(MemoryState()).join(events_of(lines))]


def test_the_records_of_a_start_are_one_event_under_sysmons_names() -> None:
    (event,) = joined_of(start(1))
    assert event.shape == "linux_process"
    assert event.event_id == "E000"
    assert {
        "Image": "/usr/bin/tar", "CommandLine": "tar -v", "CurrentDirectory": "/srv",
        "User": "33", "LoginUser": "1000", "ProcessId": "20", "ParentProcessId": "10",
    }.items() <= event.fields.items()  # fmt: skip
    assert event.fields["parts"] == "E000 E001 E002 E003 E004"
    assert event.raw.count(b"\n") == 4


def test_a_start_tells_what_its_parent_was() -> None:
    lines = [*start(1, pid=10, ppid=1, exe="/usr/sbin/nginx"), *start(2, pid=20, ppid=10)]
    first, second = joined_of(lines)
    assert "ParentImage" not in first.fields
    assert second.fields["ParentImage"] == "/usr/sbin/nginx"
    assert second.fields["ParentCommandLine"] == "nginx -v"


def test_another_process_in_the_same_place_of_memory_is_not_taken_for_the_parent() -> None:
    lines = [*start(1, pid=10), *start(2, pid=20, ppid=10 + 8_192)]
    assert "ParentImage" not in joined_of(lines)[1].fields


@given(st.lists(st.integers(1, 14), max_size=6))
def test_it_does_not_matter_how_the_stream_was_cut_into_batches(cuts: list[int]) -> None:
    """Two starts whose records are mixed, as on a machine with two processors."""
    first, second = start(1), start(2, pid=21, exe="/usr/bin/nc")
    mixed = [line for pair in zip(first, second, strict=True) for line in pair]
    whole = joined_of(mixed)
    events, state, found, begin = events_of(mixed), MemoryState(), [], 0
    for end in [*sorted(cuts), len(events)]:
        batch = events[begin:end]
        found += [event for _, event in AuditJoiner(state).join(batch)]  # a new one: a restart
        begin = max(begin, end)
    assert found == whole
    assert [event.fields["Image"] for event in whole] == ["/usr/bin/tar", "/usr/bin/nc"]


def test_a_start_whose_end_never_came_is_told_two_seconds_later() -> None:
    cut = start(1)[:2]
    assert joined_of([*cut, *start(2, at=1.9)[:1]]) == []
    (event,) = joined_of([*cut, *start(2, at=2.1)[:1]])
    assert event.fields["CommandLine"] == "tar -v"


def test_nothing_is_kept_of_what_is_told() -> None:
    state = MemoryState()
    AuditJoiner(state).join(events_of(start(1)))
    assert {key.kind for key in state} == {"process"}


def test_two_companies_with_the_same_serial_are_two() -> None:
    lines = start(1)
    events = [*events_of(lines[:1]), *events_of(lines[1:], organisation="fumi")]
    assert AuditJoiner(MemoryState()).join(events) == []


@pytest.mark.parametrize(
    "change", [("success=yes", "success=no"), ("syscall=59", "syscall=42")], ids=["failed", "other"]
)
def test_what_started_nothing_is_not_joined(change: tuple[str, str]) -> None:
    assert joined_of([line.replace(*change) for line in start(1)]) == []


def test_a_flood_of_starts_without_end_is_bounded() -> None:
    state = MemoryState()
    lines = [line for serial in range(500) for line in start(serial)[:1] * 3]
    joined = AuditJoiner(state).join(events_of(lines))
    assert len(joined) == 500 - MOST_OPEN
    (body,) = (state.get(key) for key in state if key.kind == "join")
    assert body is not None
    assert len(body) < 200_000


@pytest.mark.parametrize("process_id", ["9" * 5_000, "-1", "x", "", "１２"])
def test_a_process_id_that_is_none_stops_nothing(process_id: str) -> None:
    lines = [line.replace(" pid=20 ", f" pid={process_id} ") for line in start(1)]
    assert [event.fields["Image"] for event in joined_of(lines)] == ["/usr/bin/tar"]


def test_records_of_a_megabyte_are_bounded_before_they_wait() -> None:
    state = MemoryState()
    call, given, *_ = start(1)
    big = given.replace("-v", "v" * 900_000)
    AuditJoiner(state).join(events_of([call, *[big] * 5]))
    (body,) = (state.get(key) for key in state)
    assert body is not None
    assert len(body) < 3 * MOST_BYTES


def test_a_joined_event_stands_behind_the_one_that_completed_it() -> None:
    assert behind(["a", "b", "c"], [(1, "x"), (1, "y"), (2, "z")]) == ["a", "b", "x", "y", "c", "z"]
