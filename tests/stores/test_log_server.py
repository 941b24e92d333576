"""The log on a server alone: damage, retirement, offsets, a server that goes away."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.ids import PARTITIONS, partition_of
from hinomi.core.records import RawRecord
from hinomi.core.transport import KeyedAnswer
from hinomi.store.database import choose_server, connect
from hinomi.store.log import open_reader, open_writer, retire
from hinomi.store.log.server import NAME, ServerLogReader, ServerLogWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores.server import Server

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PARTITION = partition_of("org_aoi")
EVERYTHING = dict.fromkeys(range(PARTITIONS), 0)


@pytest.fixture
def folder(postgres: Server, tmp_path: Path) -> Path:
    choose_server(tmp_path, postgres.lend())
    return tmp_path / "log"


@pytest.fixture
def writer(folder: Path) -> Iterator[ServerLogWriter]:
    with closing(ServerLogWriter(folder)) as made:
        yield made


@pytest.fixture
def reader(folder: Path, writer: ServerLogWriter) -> Iterator[ServerLogReader]:
    with closing(ServerLogReader(folder)) as made:
        yield made


def record(number: int) -> RawRecord:
    return RawRecord(str(number), "org_aoi", "src_1", "auto", "Asia/Tokyo", NOW, b"line")


def offsets(reader: ServerLogReader, *, after: int = 0) -> list[int]:
    chunks = reader.read(offsets=EVERYTHING | {PARTITION: after}, limit=10**6)
    return [logged.offset for chunk in chunks for logged in chunk.records]


def execute(folder: Path, statement: str) -> None:
    with closing(connect(folder.parent / NAME)) as connection:
        connection.execute(statement)


def test_the_folder_says_where_its_log_is(folder: Path, tmp_path: Path) -> None:
    with closing(open_writer(folder, now=lambda: NOW)) as writer:
        assert isinstance(writer, ServerLogWriter)
    with closing(open_reader(folder)) as reader:
        assert isinstance(reader, ServerLogReader)
    assert [path.name for path in tmp_path.iterdir()] == ["database.url"]


def test_two_writers_by_mistake_give_no_offset_twice(
    folder: Path, writer: ServerLogWriter, reader: ServerLogReader
) -> None:
    with closing(ServerLogWriter(folder)) as second:
        for number in range(3):
            writer.append([record(number), record(number)])
            second.append([record(number)])
    assert offsets(reader) == list(range(1, 10))


def test_a_damaged_chunk_costs_only_itself(
    folder: Path,
    writer: ServerLogWriter,
    reader: ServerLogReader,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(3):
        writer.append([record(number)])
    execute(folder, "UPDATE chunks SET payload = 'torn' WHERE last_offset = 2")
    with caplog.at_level(logging.ERROR):
        assert offsets(reader) == [1, 3]
        assert offsets(reader) == [1, 3]
    assert len(caplog.records) == 1, "reported once"
    (kept,) = (folder / "quarantine").iterdir()
    assert kept.read_bytes() == b"torn"


def test_what_both_have_passed_goes_after_a_day_and_offsets_go_on(
    folder: Path, writer: ServerLogWriter, reader: ServerLogReader
) -> None:
    for number in range(3):
        writer.append([record(number)])
    consumed = {PARTITION: 2}
    assert retire(folder, consumed=consumed, now=NOW) == []
    assert retire(folder, consumed=consumed, now=NOW + timedelta(hours=23)) == []
    assert offsets(reader) == [1, 2, 3]
    assert retire(folder, consumed=consumed, now=NOW + timedelta(hours=24)) == ["2 chunks"]
    assert offsets(reader, after=2) == [3]
    writer.append([record(4)])
    assert offsets(reader, after=2) == [3, 4]


def test_an_answer_goes_after_three_days(folder: Path, writer: ServerLogWriter) -> None:
    writer.append([], answers=[KeyedAnswer("src_1", "key", b"sha", b"{}", NOW)])
    retire(folder, consumed={}, now=NOW + timedelta(hours=71))
    assert writer.answer(source="src_1", key="key", now=NOW) is not None
    retire(folder, consumed={}, now=NOW + timedelta(hours=73))
    assert writer.answer(source="src_1", key="key", now=NOW) is None


def test_while_the_server_cannot_take_records_nothing_is_acknowledged(
    folder: Path, writer: ServerLogWriter, reader: ServerLogReader
) -> None:
    """The sender gets 503 and comes again; the next try opens a new connection."""
    execute(
        folder,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    with pytest.raises(OSError, match="cannot be written"):
        writer.append([record(1)])
    writer.append([record(1)])
    with closing(ServerLogReader(folder)) as anew:
        assert offsets(anew) == [1]
