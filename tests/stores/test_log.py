"""The embedded log alone: restarts, segments, damage, a full disk, and when files may go."""

from __future__ import annotations

import logging
import random
import resource
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import StartRefused
from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.core.records import RawRecord
from hinomi.core.transport import KeyedAnswer
from hinomi.store.log import SqliteLogReader, SqliteLogWriter, retire_segments
from hinomi.store.log.segments import QUARANTINE, segment_numbers, segment_path
from hinomi.store.sqlite import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PARTITION = partition_of("org_aoi")
EVERYTHING = dict.fromkeys(range(PARTITIONS), 0)


def open_writer(folder: Path, *, rotate_bytes: int = 10**6, now: datetime = NOW) -> SqliteLogWriter:
    return SqliteLogWriter(folder, now=lambda: now, rotate_bytes=rotate_bytes)


def record(number: int, *, raw: bytes = b"line") -> RawRecord:
    return RawRecord(
        event_id=str(number),
        organisation="org_aoi",
        source="src_1",
        kind="auto",
        timezone="Asia/Tokyo",
        receive_time=NOW,
        raw=raw,
    )


def read(folder: Path, *, after: int = 0) -> list[tuple[int, str]]:
    reader = SqliteLogReader(folder)
    found = [
        (logged.offset, logged.record.event_id)
        for chunk in reader.read(offsets=EVERYTHING | {PARTITION: after}, limit=10**6)
        for logged in chunk.records
    ]
    reader.close()
    return found


def write_one_by_one(folder: Path, count: int, *, rotate_bytes: int = 10**6) -> None:
    writer = open_writer(folder, rotate_bytes=rotate_bytes)
    for number in range(1, count + 1):
        writer.append([record(number)])
    writer.close()


@contextmanager
def full_disk(limit_bytes: int) -> Iterator[None]:
    """No file of this process may grow past the limit: what a full disk looks like to SQLite."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_offsets_go_on_after_a_restart(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 2)
    writer = open_writer(tmp_path)
    writer.append([record(3)])
    writer.close()
    assert read(tmp_path) == [(1, "1"), (2, "2"), (3, "3")]
    assert len(segment_numbers(tmp_path)) == 1


def test_offsets_go_on_across_segments(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 5, rotate_bytes=1)
    assert len(segment_numbers(tmp_path)) == 5
    assert read(tmp_path, after=2) == [(3, "3"), (4, "4"), (5, "5")]


def test_an_old_segment_is_sealed_at_start(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 1)
    open_writer(tmp_path, now=NOW + timedelta(hours=2)).close()
    assert segment_numbers(tmp_path) == [1, 2]


def test_a_clock_that_ran_backwards_seals_nothing(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 1)
    open_writer(tmp_path, now=NOW - timedelta(days=400)).close()
    assert segment_numbers(tmp_path) == [1]


def test_two_writers_are_refused(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    with pytest.raises(StartRefused, match="another collect"):
        open_writer(tmp_path)
    writer.close()
    open_writer(tmp_path).close()


def test_a_leftover_draft_of_a_killed_rotation_does_no_harm(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 1)
    segment_path(tmp_path, 2).with_suffix(".draft").write_bytes(b"half a segment")
    writer = open_writer(tmp_path, rotate_bytes=1)
    writer.append([record(2)])
    writer.close()
    assert read(tmp_path) == [(1, "1"), (2, "2")]


def test_an_answer_survives_the_restart_and_the_sealing(tmp_path: Path) -> None:
    writer = open_writer(tmp_path, rotate_bytes=1)
    given = KeyedAnswer(source="src_1", key="k", body_sha256=b"h", answer=b"{}", at=NOW)
    writer.append([record(1)], answers=[given])
    for number in (2, 3):
        writer.append([record(number)])
    writer.close()
    writer = open_writer(tmp_path)
    assert writer.answer(source="src_1", key="k", now=NOW) == given
    writer.close()


def test_a_damaged_chunk_is_put_aside_and_the_rest_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_one_by_one(tmp_path, 3)
    connection = connect(segment_path(tmp_path, 1))
    connection.execute("UPDATE chunks SET payload = x'0102' WHERE id = 2")
    connection.close()
    reader = SqliteLogReader(tmp_path)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            chunks = list(reader.read(offsets=EVERYTHING, limit=10))
            assert [chunk.records[0].offset for chunk in chunks] == [1, 3]
    reader.close()
    assert caplog.text.count("checksum") == 1
    (kept,) = (tmp_path / QUARANTINE).iterdir()
    assert kept.read_bytes() == b"\x01\x02"


def test_a_segment_with_a_destroyed_page_gives_what_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = open_writer(tmp_path)
    for number in range(1, 101):
        writer.append([record(number, raw=bytes((number * i) % 251 for i in range(3000)))])
    writer.close()
    path = segment_path(tmp_path, 1)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xee" * 4096
    path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        found = read(tmp_path)
    assert 50 < len(found) < 100
    assert len({offset for offset, _ in found}) == len(found)
    assert all(str(offset) == event_id for offset, event_id in found)
    assert caplog.text


def test_a_newest_segment_cut_in_half_never_gives_an_offset_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_one_by_one(tmp_path, 3, rotate_bytes=1)
    path = segment_path(tmp_path, 3)
    path.write_bytes(path.read_bytes()[:1000])
    with caplog.at_level(logging.ERROR):
        writer = open_writer(tmp_path)
        writer.append([record(4)])
        writer.close()
    assert "00000003" in caplog.text
    found = read(tmp_path)
    assert [event_id for _, event_id in found] == ["1", "2", "4"]
    assert found[-1][0] > 3


def test_a_full_disk_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    writer.append([record(1)])
    noise = random.Random(1).randbytes(400_000)
    with full_disk(200_000), pytest.raises(OSError, match="cannot be written"):
        writer.append([record(number, raw=noise[number:]) for number in range(2, 10)])
    writer.append([record(2)])
    writer.close()
    assert read(tmp_path) == [(1, "1"), (2, "2")]


def test_a_full_disk_at_rotation_keeps_the_segment_in_use(tmp_path: Path) -> None:
    writer = open_writer(tmp_path, rotate_bytes=1)
    writer.append([record(1)])
    with full_disk(4_000), pytest.raises(OSError, match="segment"):
        writer.append([record(2)])
    writer.append([record(2)])
    writer.close()
    assert read(tmp_path) == [(1, "1"), (2, "2")]


def test_segments_go_24_hours_after_both_offsets(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 3, rotate_bytes=1)
    day = timedelta(hours=24)

    def retire(*, consumed: int, at: datetime) -> list[str]:
        return retire_segments(tmp_path, consumed={PARTITION: consumed}, now=at)

    assert retire(consumed=0, at=NOW + 9 * day) == []
    assert retire(consumed=1, at=NOW + 10 * day) == []
    assert retire(consumed=3, at=NOW + 11 * day - timedelta(seconds=1)) == []
    assert retire(consumed=3, at=NOW + 11 * day) == ["00000001.sqlite"]
    assert retire(consumed=3, at=NOW + 13 * day) == ["00000002.sqlite"]
    assert retire(consumed=3, at=NOW + 99 * day) == []  # the newest stays
    writer = open_writer(tmp_path)
    writer.append([record(4)])
    writer.close()
    assert read(tmp_path) == [(3, "3"), (4, "4")]


def test_a_chunk_nobody_can_read_does_not_keep_its_segment_for_ever(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 2, rotate_bytes=1)
    connection = connect(segment_path(tmp_path, 1))
    connection.execute("UPDATE chunks SET checksum = x'00'")
    connection.close()
    retire_segments(tmp_path, consumed={}, now=NOW)
    assert retire_segments(tmp_path, consumed={}, now=NOW + timedelta(days=2)) == [
        "00000001.sqlite"
    ]


def test_a_reader_survives_the_deletion_of_the_segment_it_has_open(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 2, rotate_bytes=1)
    reader = SqliteLogReader(tmp_path)
    assert len(list(reader.read(offsets=EVERYTHING, limit=10))) == 2
    segment_path(tmp_path, 1).unlink()
    assert [c.records[0].offset for c in reader.read(offsets=EVERYTHING, limit=10)] == [2]
    reader.close()


def test_the_ends_tell_how_far_the_log_is(tmp_path: Path) -> None:
    write_one_by_one(tmp_path, 3)
    reader = SqliteLogReader(tmp_path)
    assert reader.ends()[PARTITION] == 3
    assert sum(reader.ends().values()) == 3
    reader.close()
