"""A real worker: a new set is used within seconds, without a stop, and the past is searched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main
from hinomi.core.directory import Directory, Organisation
from hinomi.core.records import RawRecord
from hinomi.core.words import Disposition
from hinomi.store.directory import load, publish
from hinomi.store.log import SqliteLogWriter
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.findings import Finding

AOI = "org_aoi"
LINE = (
    'date=2026-11-20 time=13:05:09 devname="fw" devid="FGT40FTK26000001" eventtime={epoch}'
    ' tz="+0900" logid="0317013312" type="utm" subtype="webfilter" eventtype="ftgd_allow"'
    ' srcip=192.168.1.54 srcname="KEIRI-02" dstip=203.0.113.140 hostname="{name}"'
    ' action="{action}" url="https://{name}/login" catdesc="Business"'
)


class Scene:
    """DATA with one company, a log this test writes and a worker that reads it."""

    def __init__(self, data: Path) -> None:
        self.data, self.count = data, 0
        (data / "run").mkdir(parents=True)
        publish(Directory(organisations=(Organisation(AOI, "葵"),)), data=data)
        self.log = SqliteLogWriter(data / "log")

    def write(self, name: str, *, action: str = "passthrough") -> str:
        self.count += 1
        now = datetime.now(UTC)
        line = LINE.format(name=name, action=action, epoch=int(now.timestamp()))
        number = f"E{self.count:025d}"
        self.log.append(
            [RawRecord(number, AOI, "s1", "fortigate", "Asia/Tokyo", now, line.encode())]
        )
        return number

    def found(self) -> dict[str, Finding]:
        """Event id → finding by an indicator, from every partition."""
        with PipelineReader(self.data / FILE_NAME) as reader:
            rows = [
                finding
                for partition, seq in reader.last_seqs().items()
                for _, finding in reader.findings_after(partition, 0, seq)
            ]
        hits = [one for one in rows if one.rule_id.startswith("intel-")]
        assert len({one.id for one in hits}) == len(hits), "nothing is found twice"
        return {one.evidence[0].event_id: one for one in hits}

    def lake_rows(self) -> int:
        with PipelineReader(self.data / FILE_NAME) as reader:
            return sum(row.records for row in reader.all_files())


def wait(what: str, condition: Callable[[], object], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.1)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    built = Scene(tmp_path)
    command = [sys.executable, "-m", "hinomi.pipeline.worker", "--lake-seconds", "1"]
    with (tmp_path / "worker.log").open("ab") as said:
        process = subprocess.Popen(
            [*command, "--data", str(tmp_path)], stderr=said, env=dict(os.environ)
        )
    try:
        wait("the worker", (tmp_path / "run" / "worker.json").exists)
        yield built
    finally:
        process.terminate()
        process.wait(30)
        built.log.close()


def test_the_present_and_the_past_meet_a_new_indicator(scene: Scene, tmp_path: Path) -> None:
    past = scene.write("login.evil.example")
    scene.write("fine.example")
    wait("the lake", lambda: scene.lake_rows() == 2)
    assert scene.found() == {}
    feed = tmp_path / "feed.csv"
    feed.write_text("domain,confidence,malware\nevil.example,90,Phishing kit\n")
    assert main(["intel", "import", str(feed), "--source", "isac", "--data", str(tmp_path)]) == 0
    name = load(data=tmp_path).indicators
    generation = load(data=tmp_path).generation
    time.sleep(2.5)  # the promise is "within seconds"
    present = scene.write("evil.example")
    stopped = scene.write("x.evil.example", action="blocked")
    wait("findings of the present", lambda: {present, stopped} <= set(scene.found()), seconds=5)
    finding = scene.found()[present]
    assert (finding.indicators, finding.directory_generation) == (name, generation)
    assert (finding.case, finding.level, finding.certainty) == (
        "phishing_blocked",
        "high",
        "strong",
    )
    assert finding.slots["site"].startswith(("evil.example", "https://evil.example"))
    assert "isac" in finding.why[0].pattern
    assert scene.found()[stopped].disposition is Disposition.STOPPED
    wait("the finding of the past", lambda: past in scene.found(), seconds=60)
    assert scene.found()[past].rule_id == finding.rule_id, "one indicator, one rule id"
    assert set(scene.found()) == {past, present, stopped}


def test_a_set_that_cannot_be_read_never_stops_the_rules(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "intel").mkdir()
    (tmp_path / "intel" / "broken.indicators").write_bytes(b"not one")
    publish(Directory(indicators="broken.indicators"), data=tmp_path)
    wait("the report", lambda: "cannot be used" in (tmp_path / "worker.log").read_text())
    scene.write("evil.example")
    wait("the lake", lambda: scene.lake_rows() == 1)
