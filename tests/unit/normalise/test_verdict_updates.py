"""A log that is written again with more in it: completed, and not told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.normalise.conftest import RECEIVED

from hinomi.core.state import MemoryState
from hinomi.normalise import VerdictUpdates

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event

FIRST = (
    "time=1763632800|loguid={0x6920aaaa,0x1,0xa0a0a0a,0x1}|origin=192.0.2.1|src=192.168.1.22|"
    "dst=203.0.113.80|product=Threat Emulation|action=Detect|file_name=seikyusho.zip|"
    "src_user_name=hanako"
)
SAME = (
    "time=1763632801|loguid={0x6920aaaa,0x1,0xa0a0a0a,0x1}|origin=192.0.2.1|"
    "product=Threat Emulation|action=Detect|file_name=seikyusho.zip|received_bytes=900"
)
STOPPED = (
    "time=1763632802|loguid={0x6920aaaa,0x1,0xa0a0a0a,0x1}|origin=192.0.2.1|"
    "product=Threat Emulation|action=Prevent|file_name=seikyusho.zip|protection_name=Win32.Test"
)


@pytest.fixture
def made(event: Callable[..., Event]) -> Callable[[str, int], Event]:
    """The event of a line, with an id of its own."""

    def make(line: str, number: int) -> Event:
        found = event(line, kind="checkpoint")
        found.event_id = f"E{number}"
        return found

    return make


def test_the_same_verdict_is_seen_once_and_what_is_new_is_seen_whole(
    made: Callable[[str, int], Event],
) -> None:
    sent = [made(FIRST, 1), made(SAME, 2), made(STOPPED, 3)]
    before = [dict(one.fields) for one in sent]
    first, same, stopped = VerdictUpdates(MemoryState()).settle(sent)
    assert first is sent[0]
    assert "verdict.kind" not in same.fields
    assert (same.fields["src"], same.fields["received_bytes"]) == ("192.168.1.22", "900")
    assert stopped.fields["verdict.disposition"] == "stopped"
    assert (stopped.fields["src_user_name"], stopped.fields["parts"]) == ("hanako", "E1 E2 E3")
    assert [dict(one.fields) for one in sent] == before, "the lake keeps what was sent"


def test_it_is_remembered_between_batches_and_of_one_source_only(
    made: Callable[[str, int], Event],
) -> None:
    state = MemoryState()
    VerdictUpdates(state).settle([made(FIRST, 1)])
    (same,) = VerdictUpdates(state).settle([made(SAME, 2)])
    other = made(SAME, 3)
    other.source = "another"
    assert "verdict.kind" not in same.fields
    assert VerdictUpdates(state).settle([other]) == [other]
    assert state.forget_before(RECEIVED + timedelta(days=400)) == 2


def test_lines_that_judge_nothing_and_other_devices_are_left_alone(
    made: Callable[[str, int], Event], event: Callable[..., Event]
) -> None:
    plain = made(FIRST.replace("Threat Emulation", "VPN-1 & FireWall-1").replace("Detect", "Accept")
                 .replace("|file_name=seikyusho.zip", ""), 1)  # fmt: skip
    other = event("something else, with loguid in it")
    state = MemoryState()
    settled = VerdictUpdates(state).settle([plain, other])
    assert settled[0] is plain
    assert settled[1] is other
    assert len(state) == 0


def test_what_is_remembered_of_one_log_is_bounded(made: Callable[[str, int], Event]) -> None:
    state = MemoryState()
    updates = VerdictUpdates(state)
    for number in range(60):
        updates.settle([made(f"{FIRST}|x{number}={'a' * 9_000}", number)])
    (key,) = state
    assert len(state.get(key) or b"") < 20_000
    (last,) = updates.settle([made(SAME, 99)])
    assert last.fields["src"] == "192.168.1.22"
