"""The fuzzing finds what it is there for: crashes, hangs, memory, and readers that die."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from benchmarks import fuzz
from benchmarks.fuzz import drill
from benchmarks.fuzz.command import run_all
from benchmarks.fuzz.crew import Crew
from benchmarks.fuzz.family import Case, Family, Maker, Sample

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = Sample("x", b'{"user":"hana","port":443}' * 4)


def family(read: object = lambda case: None, **changes: object) -> Family:
    made = Family("ours", "a reader of this test", lambda: [SAMPLE], read)  # type: ignore[arg-type]
    return replace(made, **changes)  # type: ignore[arg-type]


def is_wanted(case: Case) -> bool:
    """Number 7, damaged; the samples themselves are read before."""
    return case.number == 7 and case.raw != SAMPLE.raw


def drilled(reader: object, *, limit_s: float = 1.0) -> tuple[list[drill.Fault], int]:
    faults: list[drill.Fault] = []
    tallies = list(
        drill.drill(
            family(reader, limit_s=limit_s),
            range(12),
            begins=lambda number: None,
            finds=faults.append,
        )
    )
    return faults, sum(tally.cases for tally in tallies)


def crew(reader: object, **changes: object) -> tuple[list[drill.Fault], drill.Tally]:
    faults: list[drill.Fault] = []
    tally = Crew(family(reader, **changes), 1, faults.append).run(
        range(12), progress=lambda done: None
    )
    return faults, tally


@pytest.mark.parametrize("name", sorted(fuzz.families()))
def test_a_family_reads_its_samples_and_the_same_number_makes_the_same_case(
    name: str, request: pytest.FixtureRequest
) -> None:
    one = fuzz.families()[name]
    if not one.samples():
        request.getfixturevalue("shared")  # skips, with the reason, where the data are not there
    assert one.samples()
    first, second = Maker(one), Maker(one)
    for number in (3, 1, 2):
        assert first.case(number) == second.case(number)
    assert Maker(one).case(2) == first.case(2)
    for number in range(10):
        _, fault = drill.read_once(one, first.case(number))
        assert fault is None, fault
    for sample in first.samples[:20]:
        _, fault = drill.read_once(one, Case(0, sample.form, sample.raw))
        assert fault is None, fault


def test_a_reader_that_raises_is_told_by_its_place_and_the_rest_is_read() -> None:
    def reader(case: Case) -> None:
        if is_wanted(case):
            raise ValueError("no")

    faults, cases = drilled(reader)
    assert [(fault.number, fault.kind.split()[0]) for fault in faults] == [(7, "ValueError")]
    assert "no" in faults[0].detail
    assert cases == 12


def test_what_is_slow_each_time_is_a_fault_and_what_is_slow_once_is_none() -> None:
    begun: list[int] = []

    def burns(case: Case) -> None:
        until = time.process_time() + 0.08
        while is_wanted(case) and time.process_time() < until:
            pass

    def burns_once(case: Case) -> None:
        if not begun and is_wanted(case):
            begun.append(case.number)
            burns(case)

    assert [fault.kind for fault in drilled(burns, limit_s=0.05)[0]] == ["slower than allowed"]
    assert drilled(burns_once, limit_s=0.05)[0] == []


def test_a_case_that_takes_much_memory_is_a_fault() -> None:
    def takes(case: Case) -> None:
        if is_wanted(case):
            bytearray(48 << 20)

    # In a process of its own: ours may have held more than that before, and a peak never falls.
    # With time enough: on a busy machine the kernel's work for the pages passed a case's limit.
    faults, _ = crew(takes, limit_s=60.0)
    assert [fault.kind for fault in faults] == ["memory of one case"]


def test_a_case_that_kills_the_process_is_told_and_the_rest_is_read() -> None:
    faults, tally = crew(lambda case: os._exit(9) if is_wanted(case) else None)
    assert [(fault.number, fault.kind) for fault in faults] == [(7, "the process ended (9)")]
    assert tally.cases == 12


def test_what_kills_a_reader_of_its_own_is_none_unless_it_harms_who_asked() -> None:
    def dies(case: Case) -> None:
        if is_wanted(case):
            os._exit(9)

    faults, tally = crew(dies, outside=lambda case: None)
    assert (faults, tally.contained) == ([], 1)
    faults, _ = crew(dies, outside=lambda case: [][case.number])
    assert "IndexError" in faults[0].kind


def test_the_first_faults_of_a_kind_are_kept_as_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def reader(case: Case) -> None:
        if case.raw != SAMPLE.raw:
            raise KeyError(case.number)

    rows, faults = run_all({"ours": family(reader)}, range(20), jobs=1, keep=tmp_path)
    assert rows[0]["faults"] == len(faults) > 3
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == 3
    number = int(kept[0].removeprefix("ours-").removesuffix(".case"))
    assert (tmp_path / kept[0]).read_bytes() == Maker(family()).case(number).raw
    assert f"--replay ours:{number}" in capsys.readouterr().err


def test_a_case_that_no_signal_can_stop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that goes round and round, as the one for event logs did."""
    monkeypatch.setattr("benchmarks.fuzz.crew._STUCK_S", 4)

    def sleeps(case: Case) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(60 if is_wanted(case) else 0)

    faults, tally = crew(sleeps)
    assert [(fault.number, fault.kind[:9]) for fault in faults] == [(7, "stuck for")]
    assert tally.cases == 12


def test_a_case_that_keeps_the_processor_is_left_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.fuzz.drill.HANG_S", 0.2)

    def spins(case: Case) -> None:
        while is_wanted(case):
            pass

    faults, cases = drilled(spins)
    assert [fault.kind.split()[0] for fault in faults] == ["Hang"]
    assert cases == 12
