"""A worker that lags and a torn file are said aloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import partition_of
from hinomi.core.records import RawRecord
from hinomi.pipeline.worker_state import Backlog, read_backlog, worker_troubles
from hinomi.store.log import SqliteLogWriter
from hinomi.store.pipeline_rows import DetectWork, LakeWork, ManifestRow
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI, FUMI = "org_aoi", "org_fumi"


def fill_log(data: Path, *organisations: str) -> None:
    log = SqliteLogWriter(data / "log")
    for number, organisation in enumerate(organisations):
        received = NOW + timedelta(seconds=number)
        log.append(
            [RawRecord(f"E{number}", organisation, "s", "auto", "Asia/Tokyo", received, b"x")]
        )
    log.close()


def settle(data: Path) -> None:
    store = PipelineWriter(data / "pipeline.sqlite")
    store.claim(owner="w", is_free=lambda *_: True)
    store.commit_detect(DetectWork({partition_of(AOI): 1}))
    row = ManifestRow("d/a.parquet", AOI, "windows", NOW.date(), 5, 9, NOW, NOW, NOW, NOW)
    store.commit_lake(LakeWork({partition_of(AOI): 1}, [row]))
    store.close()


def test_an_empty_folder_has_nothing_to_say(tmp_path: Path) -> None:
    assert read_backlog(tmp_path) == Backlog(0, None)
    assert worker_troubles(tmp_path, now=NOW) == []


def test_records_without_findings_wait(tmp_path: Path) -> None:
    fill_log(tmp_path, AOI, FUMI, AOI)
    assert read_backlog(tmp_path) == Backlog(3, NOW)
    settle(tmp_path)
    assert read_backlog(tmp_path) == Backlog(2, NOW + timedelta(seconds=1))


def test_a_worker_is_behind_only_after_a_minute(tmp_path: Path) -> None:
    fill_log(tmp_path, AOI)
    assert worker_troubles(tmp_path, now=NOW + timedelta(seconds=60)) == []
    (trouble,) = worker_troubles(tmp_path, now=NOW + timedelta(seconds=90))
    assert trouble == "The worker is 90 s behind; 1 records wait."
    settle(tmp_path)
    assert worker_troubles(tmp_path, now=NOW + timedelta(days=9)) == []


def test_torn_files_are_named_with_their_place(tmp_path: Path) -> None:
    settle(tmp_path)
    store = PipelineWriter(tmp_path / "pipeline.sqlite")
    store.claim(owner="w2", is_free=lambda *_: True)
    store.mark_damaged(["d/a.parquet"])
    store.close()
    (trouble,) = worker_troubles(tmp_path, now=NOW)
    assert "1 files of the lake were torn" in trouble
    assert "quarantine" in trouble
