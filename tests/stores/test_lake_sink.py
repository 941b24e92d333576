"""The worker's way into the lake: a full disk costs time, never records."""

from __future__ import annotations

import errno
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.columns.parquet import read_parquet
from hinomi.core.clock import FixedClock
from hinomi.core.directory import Directory, Organisation
from hinomi.core.records import Event
from hinomi.pipeline import worker_lake
from hinomi.pipeline.worker_lake import RETRY_S, LakeSink
from hinomi.pipeline.worker_tidy import Tidy
from hinomi.store import lake_writer
from hinomi.store.lake_writer import LakeBuffer
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
A_YEAR = timedelta(days=365)


def an_event(number: int, *, received: datetime = NOW, shape: str = "windows") -> Event:
    return Event(
        event_id=f"E{number:025d}",
        organisation="org_aoi",
        source="src_1",
        shape=shape,
        device="PC-1",
        event_time=NOW,
        receive_time=received,
        fields={"Image": "a.exe"},
        raw=b"line",
    )


class Scene:
    """A sink over a real store; `step` gives it time until its thread is done."""

    def __init__(self, data: Path, *, rows: int = 3) -> None:
        self.folder = data / "lake"
        self.store = PipelineWriter(data / "pipeline.sqlite")
        self.store.claim(owner="w", is_free=lambda *_: True)
        buffer = LakeBuffer(declared=lambda _: ("Image",), rows=rows, seconds=60)
        clock = FixedClock(NOW)
        self.sink = LakeSink(buffer=buffer, folder=self.folder, store=self.store, clock=clock)
        self.offset = 0

    def add(self, *events: Event, monotonic: float = 0) -> None:
        self.offset += len(events)
        self.sink.add(events, offsets={0: self.offset}, monotonic=monotonic)

    def step(self, *, monotonic: float = 0) -> None:
        self.sink.tend(monotonic=monotonic)
        if self.sink._job is not None:
            self.sink._job.exception()
            self.sink.tend(monotonic=monotonic)

    def files(self) -> list[str]:
        return sorted({row.file for row in self.store.manifest_rows()})

    def on_disk(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.glob("*/*"))

    def lake_offset(self) -> int:
        return self.store.offsets()[0].lake

    def close(self) -> None:
        self.sink.close()
        self.store.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def disk_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_nothing_is_written_before_it_is_due(scene: Scene) -> None:
    scene.add(an_event(1), an_event(2))
    scene.step(monotonic=59)
    assert scene.on_disk() == []
    scene.step(monotonic=60)
    assert scene.files() == scene.on_disk()
    assert len(scene.files()) == 1
    assert scene.lake_offset() == 2


def test_enough_rows_are_written_at_once(scene: Scene) -> None:
    scene.add(an_event(1), an_event(2), an_event(3))
    scene.step()
    assert scene.lake_offset() == 3


def test_each_receive_day_and_shape_has_its_own_file_also_when_the_clock_jumps(
    scene: Scene,
) -> None:
    scene.add(
        an_event(1),
        an_event(2, received=NOW + A_YEAR),
        an_event(3, received=NOW - A_YEAR),
        an_event(4, shape="fortigate"),
    )
    scene.step()
    folders = [file.split("-01")[0] for file in scene.files()]
    assert folders == [
        "2025-11-21/windows",
        "2026-11-21/fortigate",
        "2026-11-21/windows",
        "2027-11-21/windows",
    ]


def test_a_full_disk_is_tried_again_and_leaves_nothing_behind(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = lake_writer.write_parquet
    calls: list[int] = []

    def second_fails(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            disk_full()
        written(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(lake_writer, "write_parquet", second_fails)
    scene.add(an_event(1), an_event(2, shape="fortigate"), an_event(3))
    scene.step(monotonic=0)
    assert (scene.files(), scene.on_disk(), scene.lake_offset()) == ([], [], 0)
    scene.step(monotonic=RETRY_S - 1)
    assert len(calls) == 2
    scene.step(monotonic=RETRY_S)
    assert scene.lake_offset() == 3
    records = [r for f in scene.files() for r in read_parquet(scene.folder / f)]
    assert sorted(r.event_id[-1] for r in records) == ["1", "2", "3"]


def test_while_the_disk_is_full_no_more_than_one_buffer_is_gathered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log keeps the records; the memory must not."""
    monkeypatch.setattr(worker_lake, "write_bundle", disk_full)
    scene.add(an_event(1), an_event(2), an_event(3))
    scene.step()
    assert scene.sink.has_room
    scene.add(an_event(4), an_event(5), an_event(6))
    scene.step()
    assert not scene.sink.has_room


def test_a_clean_stop_writes_what_waits_and_what_is_being_written(scene: Scene) -> None:
    scene.add(an_event(1), an_event(2), an_event(3))
    scene.sink.tend(monotonic=0)
    scene.add(an_event(4))
    scene.sink.finish()
    assert scene.lake_offset() == 4
    assert len(scene.files()) == 2


def test_a_clean_stop_on_a_full_disk_ends_and_leaves_the_rest_to_the_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_lake, "write_bundle", disk_full)
    scene.add(an_event(1))
    scene.sink.finish()
    assert scene.lake_offset() == 0


def test_tidying_removes_only_what_is_past_retention_or_torn(scene: Scene) -> None:
    scene.add(an_event(1), an_event(2, received=NOW - timedelta(days=40)), an_event(3))
    scene.step()
    old, torn = scene.files()
    tidy = Tidy(scene.folder, store=scene.store)
    company = Organisation("org_aoi", "葵製作所", retention_days=50)
    (scene.folder / torn).write_bytes(b"PAR1")

    def directory() -> Directory:
        return Directory(organisations=(company,))

    tidy.when_due(monotonic=0, directory=directory, today=NOW.date())
    assert scene.files() == [old]
    company = replace(company, retention_days=30)
    tidy.when_due(monotonic=599, directory=directory, today=NOW.date())
    assert scene.files() == [old]
    tidy.when_due(monotonic=600, directory=directory, today=NOW.date())
    assert scene.files() == []
    assert scene.on_disk() == [f"quarantine/{torn.replace('/', '_')}"]
