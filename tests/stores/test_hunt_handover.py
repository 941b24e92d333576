"""What a hunt finds reaches the findings once, by the worker's own hand."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.stores.hunting import AOI, FUMI, NOW, finding

from hinomi.core.errors import LeaseLost
from hinomi.core.ids import PARTITIONS
from hinomi.pipeline.worker_hunts import FINDINGS_AT_ONCE, HuntIntake
from hinomi.store.hunt_rows import HuntOrder, HuntProgress, Scope
from hinomi.store.hunts import HuntFolder, new_hunt
from hinomi.store.pipeline import PipelineReader
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hinomi.core.findings import Finding

HUNT = "01M7XX9X81P1TCN79AEKC4BTMK"


def finished_hunt(
    data: Path, findings: Sequence[Finding], *, hunt_id: str = HUNT, hands_on: bool = True
) -> HuntFolder:
    folder = new_hunt(HuntOrder(hunt_id, NOW, Scope((AOI, FUMI))), data=data)
    with folder.running():
        folder.keep(findings, HuntProgress(findings=len(findings)))
        if hands_on:
            folder.hand_on()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PipelineWriter]:
    writer = PipelineWriter(tmp_path / "pipeline.sqlite")
    writer.claim(owner="w", is_free=lambda *_: True)
    yield writer
    writer.close()


def read(data: Path, partition: int) -> list[tuple[int, Finding]]:
    with PipelineReader(data / "pipeline.sqlite") as reader:
        return reader.findings_after(partition, 0, 10_000)


def test_findings_of_a_hunt_are_a_partition_of_their_own(
    tmp_path: Path, store: PipelineWriter
) -> None:
    found = [finding(1), finding(2, organisation=FUMI)]
    finished_hunt(tmp_path, found)
    intake = HuntIntake(tmp_path, store=store)
    assert [intake.take() for _ in range(3)] == [2, 0, 0]
    assert read(tmp_path, PARTITIONS) == [(1, found[0]), (2, found[1])]
    with PipelineReader(tmp_path / "pipeline.sqlite") as reader:
        newest = reader.last_seqs()
        assert {part: seq for part, seq in newest.items() if seq} == {PARTITIONS: 2}


def test_what_the_stream_found_is_not_there_twice(tmp_path: Path, store: PipelineWriter) -> None:
    store.commit_detect(DetectWork(offsets={0: 1}, findings=[finding(1)]))
    finished_hunt(tmp_path, [finding(1), finding(2)])
    assert HuntIntake(tmp_path, store=store).take() == 1
    assert [seq for seq, _ in read(tmp_path, PARTITIONS)] == [1], "numbers have no gaps"


def test_what_a_held_rule_found_is_kept_and_says_what_silences_it(
    tmp_path: Path, store: PipelineWriter
) -> None:
    found = [finding(1), replace(finding(2), rule_id="calm")]
    finished_hunt(tmp_path, found)
    assert HuntIntake(tmp_path, store=store).take(held=frozenset([found[0].rule_id])) == 2
    assert [one.silenced_by for _, one in read(tmp_path, PARTITIONS)] == ["held", ""]


def test_each_hunt_has_its_own_number_for_ever(tmp_path: Path, store: PipelineWriter) -> None:
    """A cursor that points behind the findings of one hunt must not hide those of the next."""
    first = finished_hunt(tmp_path, [finding(1)])
    HuntIntake(tmp_path, store=store).take()
    first.delete()
    finished_hunt(tmp_path, [finding(2)], hunt_id="01M7XX9X81P1TCN79AEKC4BTMZ")
    assert HuntIntake(tmp_path, store=store).take() == 1
    assert [one.id for _, one in read(tmp_path, PARTITIONS + 1)] == [finding(2).id]


def test_only_a_hunt_that_hands_on_is_taken_in(tmp_path: Path, store: PipelineWriter) -> None:
    finished_hunt(tmp_path, [finding(1)], hands_on=False)
    assert HuntIntake(tmp_path, store=store).take() == 0
    assert read(tmp_path, PARTITIONS) == []


def test_many_findings_are_taken_a_little_at_a_time(tmp_path: Path, store: PipelineWriter) -> None:
    count = FINDINGS_AT_ONCE + 5
    finished_hunt(tmp_path, [replace(finding(i), device=f"PC-{i}") for i in range(count)])
    intake = HuntIntake(tmp_path, store=store)
    assert [intake.take() for _ in range(3)] == [FINDINGS_AT_ONCE, 5, 0]
    assert [seq for seq, _ in read(tmp_path, PARTITIONS)] == list(range(1, count + 1))


def test_a_damaged_file_is_reported_once_and_the_next_hunt_is_taken(
    tmp_path: Path, store: PipelineWriter, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = finished_hunt(tmp_path, [finding(1)], hunt_id="01M7XX9X81P1TCN79AEKC4BTMZ")
    (damaged.path / "findings.jsonl").write_bytes(b"{}\n" * 500)
    finished_hunt(tmp_path, [finding(2)])
    intake = HuntIntake(tmp_path, store=store)
    assert [intake.take(), intake.take()] == [1, 0]
    assert len([each for each in caplog.records if each.levelname == "ERROR"]) == 1


def test_a_worker_that_lost_its_lease_takes_nothing(tmp_path: Path, store: PipelineWriter) -> None:
    finished_hunt(tmp_path, [finding(1)])
    other = PipelineWriter(tmp_path / "pipeline.sqlite")
    other.claim(owner="other", is_free=lambda *_: True)
    with pytest.raises(LeaseLost):
        HuntIntake(tmp_path, store=store).take()
    other.close()
    assert read(tmp_path, PARTITIONS) == []


@pytest.mark.parametrize("point", ["worker:before-hunted", "worker:after-hunted:2"])
def test_a_worker_killed_on_the_way_writes_each_finding_once(tmp_path: Path, point: str) -> None:
    (tmp_path / "rehearsal").touch()
    count = FINDINGS_AT_ONCE * 2
    finished_hunt(tmp_path, [replace(finding(i), device=f"PC-{i}") for i in range(count)])
    worker = [sys.executable, "-m", "hinomi.pipeline.worker", "--data", str(tmp_path)]
    killed = subprocess.run([*worker, "--crash-at", point], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    store = PipelineWriter(tmp_path / "pipeline.sqlite")
    store.claim(owner="next", is_free=lambda *_: True)
    intake = HuntIntake(tmp_path, store=store)
    while intake.take():
        pass
    store.close()
    assert [seq for seq, _ in read(tmp_path, PARTITIONS)] == list(range(1, count + 1))
