"""The worker as a process: restarts, hand-over, killer records; findings and lake stay exact."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.columns.parquet import read_parquet
from hinomi.core.ids import partition_of
from hinomi.core.records import RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.pipeline.worker_probe import ProbeFailed, find_killers
from hinomi.store.log import SqliteLogWriter
from hinomi.store.log.reader import SqliteLogReader
from hinomi.store.pipeline import PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
AOI, FUMI = "org_aoi", "org_fumi"
RULE = """
title: Marked line
id: 11111111-2222-4333-8444-555555555555
level: high
logsource: {product: linux}
detection:
  words: ['fire in the shed']
  condition: words
hinomi: {case: other, title_ja: 印, group_by: device, certainty: strong}
"""
LINE = b"<38>Nov 21 10:12:01 srv sshd[1]: %s %d"


class Scene:
    """A rehearsal folder with a log that this test writes and a worker process that reads it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        (data / "rehearsal").touch()
        (data / "run").mkdir()
        (data / "rules").mkdir()
        (data / "rules" / "marked.yml").write_text(RULE)
        self.log = SqliteLogWriter(data / "log")
        self.count = 0
        self.processes: list[subprocess.Popen[bytes]] = []

    def write(self, *texts: bytes, organisation: str = AOI) -> None:
        base = datetime.now(UTC)
        self.log.append([self._raw(text, organisation, base) for text in texts])

    def _raw(self, text: bytes, organisation: str, base: datetime) -> RawRecord:
        self.count += 1
        return RawRecord(
            event_id=f"E{self.count:025d}",
            organisation=organisation,
            source="src_1",
            kind="linux",
            timezone="Asia/Tokyo",
            receive_time=base + timedelta(milliseconds=self.count),
            raw=LINE % (text, self.count),
        )

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hinomi.pipeline.worker", "--data", str(self.data)]
        environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}"}
        with (self.data / "worker.log").open("ab") as log:
            process = subprocess.Popen([*command, *options], env=environment, stderr=log)
        self.processes.append(process)
        return process

    def drain(self, *options: str) -> int:
        return self.start("--drain", *options).wait(60)

    def wait(self, what: str, condition: object, *, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if callable(condition) and condition():
                return
            time.sleep(0.05)
        said = (self.data / "worker.log").read_text()
        raise AssertionError(f"{what} did not happen: {said[-2000:]}")

    def reader(self) -> PipelineReader:
        return PipelineReader(self.data / "pipeline.sqlite")

    def lake(self) -> list[str]:
        """Event ids in listed files."""
        with self.reader() as reader:
            files = {row.file for row in reader.all_files()}
        records = [r for f in files for r in read_parquet(self.data / "lake" / f)]
        return sorted(record.event_id for record in records)

    def found(self, organisation: str = AOI) -> list[tuple[int, str]]:
        """(seq, event id) of the organisation's findings by the marked rule."""
        with self.reader() as reader:
            rows = reader.findings_after(partition_of(organisation), 0, 10_000)
        return [
            (seq, finding.evidence[0].event_id)
            for seq, finding in rows
            if finding.organisation == organisation and finding.rule_id.startswith("11111111")
        ]

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def ids(*numbers: int) -> list[str]:
    return [f"E{number:025d}" for number in numbers]


def test_every_record_reaches_the_lake_and_every_hit_becomes_a_finding(scene: Scene) -> None:
    scene.write(b"fire in the shed", b"all quiet")
    scene.write(b"fire in the shed", organisation=FUMI)
    assert scene.drain() == 0
    assert scene.lake() == ids(1, 2, 3)
    assert scene.found() == [(1, ids(1)[0])]
    assert [event_id for _, event_id in scene.found(FUMI)] == ids(3)


def test_a_second_run_reads_nothing_twice(scene: Scene) -> None:
    scene.write(b"fire in the shed")
    assert scene.drain() == 0
    scene.write(b"fire in the shed")
    assert scene.drain() == 0
    assert scene.lake() == ids(1, 2)
    assert [seq for seq, _ in scene.found()] == [1, 2]


@pytest.mark.crash
@pytest.mark.parametrize(
    "point",
    [
        "after-read",
        "before-commit",
        "after-commit",
        "lake-before-rename",
        "lake-after-rename",
        "lake-before-manifest",
        "lake-after-manifest",
    ],
)
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(scene: Scene, point: str) -> None:
    scene.write(*[b"fire in the shed"] * 5, b"all quiet")
    assert scene.drain("--crash-at", f"worker:{point}") == -signal.SIGKILL
    assert scene.drain() == 0
    assert scene.lake() == ids(*range(1, 7))
    assert [seq for seq, _ in scene.found()] == [1, 2, 3, 4, 5]
    with scene.reader() as reader:
        assert reader.source_status(AOI)["src_1"].records == 6


def test_a_killer_record_is_found_after_two_deaths_and_the_rest_goes_on(scene: Scene) -> None:
    planted = ("--reader", "tests.stores.planted:read_record")
    scene.write(b"fire in the shed", b"kill the reader", b"fire in the shed")
    assert [scene.drain(*planted) for _ in range(3)] == [86, 86, 0]
    assert scene.lake() == ids(1, 2, 3)
    assert [event_id for _, event_id in scene.found()] == ids(1, 3)
    with scene.reader() as reader:
        status = reader.source_status(AOI)["src_1"]
    assert (status.readable, status.set_aside) == (2, 1)
    assert status.last_set_aside_reason == "crashed_reader"


def test_a_killer_record_is_kept_raw_and_never_read_again(scene: Scene) -> None:
    planted = ("--reader", "tests.stores.planted:read_record")
    scene.write(b"kill the reader")
    for _ in range(3):
        scene.drain(*planted, "--crash-at", "worker:lake-before-manifest")
    assert scene.drain(*planted) == 0
    with scene.reader() as reader:
        (file,) = {row.file for row in reader.all_files()}
    (record,) = read_parquet(scene.data / "lake" / file)
    assert isinstance(record, SetAside)
    assert record.reason is SetAsideReason.CRASHED_READER
    assert b"kill the reader" in record.raw


def test_a_record_that_hangs_its_reader_is_found_too(scene: Scene) -> None:
    scene.write(b"fine", b"hang the reader")
    log = SqliteLogReader(scene.data / "log")
    (chunk,) = log.read(offsets={partition_of(AOI): 0}, limit=10)
    log.close()
    command = [sys.executable, "-m", "hinomi.pipeline.worker", "--data", str(scene.data)]
    command += ["--probe", "--reader", "tests.stores.planted:read_record"]
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    try:
        found = list(find_killers(chunk.records, command=command, record_timeout_s=0.5))
    finally:
        del os.environ["PYTHONPATH"]
    assert [logged.record.event_id for logged, _ in found] == ids(2)


def test_a_probe_that_does_not_start_blames_no_record(scene: Scene) -> None:
    scene.write(b"fine")
    log = SqliteLogReader(scene.data / "log")
    (chunk,) = log.read(offsets={partition_of(AOI): 0}, limit=10)
    log.close()
    with pytest.raises(ProbeFailed):
        list(find_killers(chunk.records, command=[sys.executable, "-c", ""]))


def test_a_planted_reader_is_refused_outside_a_rehearsal(scene: Scene) -> None:
    (scene.data / "rehearsal").unlink()
    assert scene.drain("--reader", "tests.stores.planted:read_record") == 1


def test_findings_come_within_half_a_second_of_arrival(scene: Scene) -> None:
    scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    time.sleep(0.3)
    waits = []
    for number in range(1, 8):
        begin = time.monotonic()
        scene.write(b"fire in the shed")
        scene.wait("finding", lambda wanted=number: len(scene.found()) == wanted, seconds=5)
        waits.append(time.monotonic() - begin)
    assert sorted(waits)[3] < 0.5, waits


def test_another_worker_takes_over_when_the_first_is_killed(scene: Scene) -> None:
    first = scene.start("--lake-seconds", "0.2")
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    scene.start("--lake-seconds", "0.2")
    scene.write(b"fire in the shed")
    scene.wait("first finding", lambda: len(scene.found()) == 1)
    first.kill()
    scene.write(b"fire in the shed", b"all quiet")
    scene.wait("second finding", lambda: len(scene.found()) == 2)
    scene.wait("lake", lambda: scene.lake() == ids(1, 2, 3))


def test_a_worker_that_hung_and_wakes_up_writes_nothing_more(scene: Scene) -> None:
    """It may have slept through a suspended laptop; its successor has gone on meanwhile."""
    first = scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    first.send_signal(signal.SIGSTOP)
    take_over(scene.data)
    first.send_signal(signal.SIGCONT)
    scene.write(b"fire in the shed")
    assert first.wait(20) == 1
    assert scene.found() == []
    assert "belongs to another worker" in (scene.data / "worker.log").read_text()


def take_over(data: Path) -> None:
    from hinomi.store.pipeline_writer import PipelineWriter

    other = PipelineWriter(data / "pipeline.sqlite")
    other.claim(owner="other", is_free=lambda *_: True)
    other.close()


def test_a_clean_stop_writes_the_lake_and_gives_the_leases_back(scene: Scene) -> None:
    worker = scene.start()
    scene.wait("ready", (scene.data / "run" / "worker.json").exists)
    scene.write(b"all quiet")
    scene.wait("detect", lambda: offset(scene) == 1)
    worker.terminate()
    assert worker.wait(20) == 0
    assert scene.lake() == ids(1)
    assert list((scene.data / "run" / "workers").iterdir()) == []


def offset(scene: Scene) -> int:
    with scene.reader() as reader:
        return reader.offsets()[partition_of(AOI)].detect


def test_new_rules_work_without_a_restart(scene: Scene) -> None:
    (scene.data / "rules" / "marked.yml").unlink()
    scene.start()
    told = scene.data / "run" / "worker.json"
    scene.wait("ready", told.exists)
    before = json.loads(told.read_text())["rules"]
    (scene.data / "rules" / "marked.yml").write_text(RULE)
    (scene.data / "rules" / "broken.yml").write_text("title: [")
    scene.wait("new rules", lambda: json.loads(told.read_text())["rules"] == before + 1)
    assert json.loads(told.read_text())["refused"] == 1
    scene.write(b"fire in the shed")
    scene.wait("finding", lambda: len(scene.found()) == 1)


def test_an_unreadable_record_is_counted_with_its_reason_and_a_sample(scene: Scene) -> None:
    line = b'{"broken": '
    now = datetime.now(UTC)
    scene.log.append([RawRecord("E1", AOI, "src_9", "auto", "Asia/Tokyo", now, line)])
    assert scene.drain() == 0
    with scene.reader() as reader:
        status = reader.source_status(AOI)["src_9"]
        counts = Counter({count.reason: count.records for count in reader.set_aside_counts(AOI)})
    assert (status.readable, status.set_aside, status.last_alive) == (0, 1, None)
    assert counts == {"not_json": 1}
    assert status.last_set_aside == line.decode()
