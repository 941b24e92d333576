"""What is left out when there is too much, and that it is counted."""

from __future__ import annotations

from hinomi.agent.gate import ALLOWANCES, Gate


def test_room_runs_out_for_statistics_first_and_for_programs_last() -> None:
    order = [ALLOWANCES[kind].room for kind in ("stats", "file", "network", "process", "goodbye")]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_in_a_nearly_full_spool_only_programs_are_kept() -> None:
    gate = Gate()
    kinds = ("stats", "file", "network", "process")
    let = [kind for kind in kinds if gate.lets(kind, fill=0.9, now_s=0.0)]
    assert let == ["process"]
    assert gate.dropped == {"stats": 1, "file": 1, "network": 1}


def test_a_full_spool_still_takes_the_goodbye() -> None:
    assert Gate().lets("goodbye", fill=0.99, now_s=0.0)


def test_a_flood_is_held_to_its_rate_and_counted() -> None:
    gate = Gate()
    let = sum(gate.lets("file", fill=0.0, now_s=0.0) for _ in range(5_000))
    assert let == ALLOWANCES["file"].burst
    assert gate.dropped["file"] == 5_000 - let
    later = sum(gate.lets("file", fill=0.0, now_s=10.0) for _ in range(5_000))
    assert later == 10 * ALLOWANCES["file"].per_s


def test_one_kind_does_not_take_another_kinds_room() -> None:
    gate = Gate()
    for _ in range(5_000):
        gate.lets("file", fill=0.0, now_s=0.0)
    assert gate.lets("process", fill=0.0, now_s=0.0)


def test_a_clock_that_jumps_back_stops_nothing() -> None:
    gate = Gate()
    assert gate.lets("process", fill=0.0, now_s=1_000.0)
    assert gate.lets("process", fill=0.0, now_s=10.0)
