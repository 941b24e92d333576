"""One suite for every log: what collect and the worker may rely on, whatever carries it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.core.records import RawRecord
from hinomi.core.transport import AnsweringLogWriter, KeyedAnswer, LogReader
from hinomi.core.words import SetAsideReason
from hinomi.store.database import choose_server
from hinomi.store.log import SqliteLogReader, SqliteLogWriter
from hinomi.store.log.server import ServerLogReader, ServerLogWriter
from hinomi.store.memory import MemoryLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores.server import Server

NOW = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=UTC)
EVERYTHING = dict.fromkeys(range(PARTITIONS), 0)


class Log(Protocol):
    writer: AnsweringLogWriter
    reader: LogReader


class _Pair:
    def __init__(self, writer: AnsweringLogWriter, reader: LogReader) -> None:
        self.writer = writer
        self.reader = reader


@pytest.fixture(params=["memory", "sqlite", "sqlite, a segment per commit", "postgres"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Pair]:
    if request.param == "memory":
        memory = MemoryLog()
        yield _Pair(memory, memory)
        return
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        choose_server(tmp_path, server.lend())
        folder = tmp_path / "log"
        there = _Pair(ServerLogWriter(folder), ServerLogReader(folder))
        yield there
        there.reader.close()
        there.writer.close()
        return
    rotate_bytes = 1 if "segment" in request.param else 1_000_000
    writer = SqliteLogWriter(tmp_path, now=lambda: NOW, rotate_bytes=rotate_bytes)
    reader = SqliteLogReader(tmp_path)
    yield _Pair(writer, reader)
    reader.close()
    writer.close()


def record(number: int, *, organisation: str = "org_aoi", raw: bytes = b"") -> RawRecord:
    return RawRecord(
        event_id=f"E{number:025}",
        organisation=organisation,
        source="src_1",
        kind="auto",
        timezone="Asia/Tokyo",
        receive_time=NOW,
        raw=raw or f"line {number}".encode(),
        peer="127.0.0.2:514",
    )


def read_ids(log: Log, offsets: dict[int, int] | None = None, *, limit: int = 10**6) -> list[str]:
    chunks = log.reader.read(offsets=EVERYTHING if offsets is None else offsets, limit=limit)
    return [logged.record.event_id for chunk in chunks for logged in chunk.records]


def test_records_come_back_as_they_went_in_and_in_order(log: Log) -> None:
    odd = RawRecord(
        event_id="E1",
        organisation="org_aoi",
        source="src_1",
        kind="yamaha",
        timezone="Europe/Paris",
        receive_time=NOW,
        raw=b"\x00\xff\x82\xa0 \n \x1b[31m",
        peer="[::1]:5",
        frame_fault=SetAsideReason.BROKEN_FRAME,
    )
    log.writer.append([odd, record(2)])
    (chunk,) = log.reader.read(offsets=EVERYTHING, limit=10)
    assert [logged.record for logged in chunk.records] == [odd, record(2)]


def test_the_time_a_relay_heard_it_survives(log: Log) -> None:
    relayed = record(1)
    relayed.heard_at = NOW - timedelta(days=2, microseconds=7)
    log.writer.append([relayed, record(2)])
    chunks = log.reader.read(offsets=EVERYTHING, limit=10)
    assert [found.record for chunk in chunks for found in chunk.records] == [relayed, record(2)]


def test_offsets_start_at_one_and_have_no_gap_in_each_partition(log: Log) -> None:
    names = [f"org_{number}" for number in range(10)]
    for turn in range(5):
        log.writer.append(
            [record(turn * 10 + i, organisation=name) for i, name in enumerate(names)]
        )
    offsets: dict[int, list[int]] = {}
    for chunk in log.reader.read(offsets=EVERYTHING, limit=10**6):
        for logged in chunk.records:
            assert logged.partition == chunk.partition == partition_of(logged.record.organisation)
            offsets.setdefault(chunk.partition, []).append(logged.offset)
    assert sum(map(len, offsets.values())) == 50
    assert all(found == list(range(1, len(found) + 1)) for found in offsets.values())


def test_reading_goes_on_behind_the_offset_even_inside_a_chunk(log: Log) -> None:
    log.writer.append([record(number) for number in range(5)])
    partition = partition_of("org_aoi")
    chunks = list(log.reader.read(offsets={partition: 3}, limit=10))
    assert [logged.offset for chunk in chunks for logged in chunk.records] == [4, 5]
    assert read_ids(log, {partition: 5}) == []


def test_only_the_partitions_asked_for_are_read(log: Log) -> None:
    log.writer.append([record(1, organisation="org_aoi"), record(2, organisation="org_fumi")])
    assert partition_of("org_aoi") != partition_of("org_fumi")
    assert read_ids(log, {partition_of("org_fumi"): 0}) == [record(2).event_id]
    assert read_ids(log, {}) == []


def test_the_limit_is_kept_to_about_one_chunk(log: Log) -> None:
    for number in range(10):
        log.writer.append([record(number)])
    assert read_ids(log, limit=3) == [record(number).event_id for number in range(3)]


def test_what_was_written_after_an_empty_read_is_seen_by_the_next(log: Log) -> None:
    assert read_ids(log) == []
    log.writer.append([record(1)])
    assert read_ids(log) == [record(1).event_id]
    log.writer.append([record(2)])
    assert read_ids(log, {partition_of("org_aoi"): 1}) == [record(2).event_id]


def test_a_reading_left_half_way_does_not_hide_new_records(log: Log) -> None:
    log.writer.append([record(1)])
    log.writer.append([record(2)])
    left = iter(log.reader.read(offsets=EVERYTHING, limit=10))
    next(left)
    log.writer.append([record(3)])
    assert read_ids(log) == [record(number).event_id for number in (1, 2, 3)]


def test_an_answer_is_found_again_for_72_hours_and_for_its_source_only(log: Log) -> None:
    given = KeyedAnswer(source="src_1", key="k", body_sha256=b"h", answer=b"{}", at=NOW)
    log.writer.append([record(1)], answers=[given])
    log.writer.append([record(2)])  # with tiny segments the answer's one is sealed now
    assert log.writer.answer(source="src_1", key="k", now=NOW + timedelta(hours=71)) == given
    assert log.writer.answer(source="src_1", key="k", now=NOW + timedelta(hours=73)) is None
    assert log.writer.answer(source="src_2", key="k", now=NOW) is None
    assert log.writer.answer(source="src_1", key="K", now=NOW) is None
