"""Log segments go only when the worker's two offsets have passed them for a day."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import partition_of
from hinomi.core.records import RawRecord
from hinomi.pipeline.retiring import retire_consumed
from hinomi.store.log import SqliteLogWriter
from hinomi.store.pipeline import FILE_NAME, prepare
from hinomi.store.sqlite import connect

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(hours=24)


def write_two_segments(data: Path) -> None:
    writer = SqliteLogWriter(data / "log", now=lambda: NOW, rotate_bytes=1)
    for number in range(2):
        writer.append([RawRecord(str(number), "org_aoi", "s", "auto", "UTC", NOW, b"line")])
    writer.close()


def set_offsets(data: Path, *, detect: int, lake: int) -> None:
    with closing(connect(data / FILE_NAME)) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO offsets (partition, detect_offset, lake_offset)"
            " VALUES (?, ?, ?)",
            (partition_of("org_aoi"), detect, lake),
        )


def test_without_a_worker_everything_stays(tmp_path: Path) -> None:
    write_two_segments(tmp_path)
    assert retire_consumed(tmp_path, now=NOW + 9 * DAY) == []


def test_the_slower_of_both_offsets_decides(tmp_path: Path) -> None:
    write_two_segments(tmp_path)
    prepare(tmp_path / FILE_NAME)
    set_offsets(tmp_path, detect=2, lake=0)
    retire_consumed(tmp_path, now=NOW)
    assert retire_consumed(tmp_path, now=NOW + 2 * DAY) == []
    set_offsets(tmp_path, detect=2, lake=2)
    assert retire_consumed(tmp_path, now=NOW + 2 * DAY) == []
    assert retire_consumed(tmp_path, now=NOW + 3 * DAY) == ["00000001.sqlite"]
