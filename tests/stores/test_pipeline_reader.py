"""What people see of a company's records: lake and log together, each record once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.core.directory import Directory, Organisation
from hinomi.core.ids import partition_of
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise import declared_fields, read_record
from hinomi.pipeline.reader import Records, original_text
from hinomi.store.directory import publish
from hinomi.store.lake import Query
from hinomi.store.lake_writer import LakeBuffer, write_bundle
from hinomi.store.log import SqliteLogWriter
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI = "org_aoi"
FUMI = "org_fumi"
P = partition_of(AOI)


def a_raw(number: int, *, organisation: str = AOI, raw: bytes = b"") -> RawRecord:
    return RawRecord(
        event_id=f"E{number:025d}",
        organisation=organisation,
        source="src_1",
        kind="auto",
        timezone="Asia/Tokyo",
        receive_time=NOW + timedelta(seconds=number),
        raw=raw or b'{"message": "hello %d"}' % number,
    )


class Scene:
    """A data folder in which the worker's two offsets can be moved by hand."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = SqliteLogWriter(data / "log")
        self.store = PipelineWriter(data / "pipeline.sqlite")
        self.store.claim(owner="w", is_free=lambda *_: True)

    def close(self) -> None:
        self.log.close()
        self.store.close()

    def keep(self, *raws: RawRecord, offset: int) -> None:
        buffer = LakeBuffer(declared=declared_fields)
        buffer.add([read_record(raw) for raw in raws], offsets={P: offset}, monotonic=0)
        self.store.commit_lake(write_bundle(buffer.take(), folder=self.data / "lake", now=NOW))

    def detect(self, offset: int) -> None:
        self.store.commit_detect(DetectWork({P: offset}))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def seen(scene: Scene, query: Query | None = None) -> list[int]:
    with Records(scene.data, clock=FixedClock(NOW)) as records:
        query = query or Query(AOI)
        newest = [int(record.event_id[1:]) for record in records.newest(query)]
        every = [int(record.event_id[1:]) for record in records.every(query)]
    assert sorted(every, reverse=True)[: query.limit] == newest
    return newest


def test_an_empty_folder_has_no_records(tmp_path: Path) -> None:
    with Records(tmp_path, clock=FixedClock(NOW)) as records:
        assert records.newest(Query(AOI)) == []
        assert list(records.every(Query(AOI))) == []
        assert records.one(AOI, "E1") is None


def test_a_record_shows_before_its_file_is_written(scene: Scene) -> None:
    scene.log.append([a_raw(1), a_raw(2)])
    assert seen(scene) == []
    scene.detect(2)
    assert seen(scene) == [2, 1]


def test_a_record_the_worker_has_not_survived_yet_is_not_read_here_either(scene: Scene) -> None:
    """It may be the one that kills its reader; the portal must not die of it."""
    scene.log.append([a_raw(1), a_raw(2)])
    scene.detect(1)
    assert seen(scene) == [1]


def test_a_record_that_killed_its_reader_is_shown_as_set_aside(scene: Scene) -> None:
    scene.log.append([a_raw(1)])
    scene.store.note_killer(partition=P, offset=1, detail="killed by signal 11")
    scene.detect(1)
    with Records(scene.data, clock=FixedClock(NOW)) as records:
        (record,) = records.newest(Query(AOI))
    assert isinstance(record, SetAside)
    assert record.reason is SetAsideReason.CRASHED_READER


def test_lake_and_tail_join_without_gap_or_repeat(scene: Scene) -> None:
    raws = [a_raw(n) for n in range(1, 7)]
    scene.log.append(raws)
    scene.detect(6)
    scene.keep(*raws[:4], offset=4)
    assert seen(scene) == [6, 5, 4, 3, 2, 1]
    assert seen(scene, Query(AOI, limit=3)) == [6, 5, 4]


def test_search_and_time_apply_to_the_tail_too(scene: Scene) -> None:
    scene.log.append([a_raw(1), a_raw(2, raw='{"message": "遮断"}'.encode())])
    scene.detect(2)
    assert seen(scene, Query(AOI, search="遮断")) == [2]
    assert seen(scene, Query(AOI, until=NOW + timedelta(seconds=2))) == [1]


def test_another_company_of_the_same_partition_is_never_shown(scene: Scene) -> None:
    other = next(f"org_{n}" for n in range(9999) if partition_of(f"org_{n}") == P)
    scene.log.append([a_raw(1), a_raw(2, organisation=other)])
    scene.detect(2)
    assert seen(scene) == [1]
    with Records(scene.data, clock=FixedClock(NOW)) as records:
        assert records.one(AOI, a_raw(2).event_id) is None
        assert records.one(other, a_raw(2).event_id) is not None


def test_retention_and_deletion_are_kept_at_once(scene: Scene) -> None:
    old = replace(a_raw(1), receive_time=NOW - timedelta(days=31))
    scene.keep(old, a_raw(2), offset=2)
    company = Organisation(AOI, "葵製作所", retention_days=30)
    publish(Directory(organisations=(company,)), data=scene.data)
    assert seen(scene) == [2]
    publish(Directory(organisations=(replace(company, is_deleted=True),)), data=scene.data)
    assert seen(scene) == []


def test_the_original_text_is_readable_whatever_its_encoding(scene: Scene) -> None:
    line = "遮断しました".encode("cp932")
    record = read_record(a_raw(1, raw=line))
    assert isinstance(record, Event)
    assert original_text(record) == "遮断しました"
