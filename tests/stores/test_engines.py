"""What both engines promise beyond the adapters' own contracts."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import LeaseLost
from hinomi.core.ids import PARTITIONS
from hinomi.core.state import StateKey
from hinomi.store.database import choose_server, connect, is_made, server_of
from hinomi.store.directory import open_directory
from hinomi.store.pipeline import PipelineReader, prepare
from hinomi.store.pipeline_rows import DetectWork, SeenDevice, StateRow
from hinomi.store.pipeline_writer import PipelineWriter
from hinomi.store.sqlite import DatabaseError, newest_schema, schema_version, transaction
from hinomi.store.state_rows import shed_state

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AOI = "org_aoi"
KEY = StateKey(AOI, "correlation", "brute force", "10.0.0.1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pipeline.sqlite"


def a_writer(path: Path) -> PipelineWriter:
    writer = PipelineWriter(path)
    writer.claim(owner="worker", is_free=lambda *_: True)
    return writer


def test_a_store_that_was_never_made_is_not_made_by_asking(path: Path) -> None:
    assert not is_made(path)
    with pytest.raises(FileNotFoundError):
        PipelineReader(path)
    prepare(path)
    assert is_made(path)


def test_every_step_of_the_schema_is_applied(path: Path) -> None:
    prepare(path)
    prepare(path)
    with closing(connect(path)) as connection:
        assert schema_version(connection) == newest_schema("pipeline")


def test_stores_being_made_by_several_processes_at_once_are_made_once(path: Path) -> None:
    faults: list[BaseException] = []

    def make() -> None:
        try:
            prepare(path)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_read_only_connection_cannot_write(path: Path) -> None:
    prepare(path)
    with closing(connect(path, read_only=True)) as connection, pytest.raises(DatabaseError):
        connection.execute("DELETE FROM leases")


def test_what_fails_in_a_transaction_leaves_nothing(path: Path) -> None:
    prepare(path)

    def fail_half_way(db: Connection) -> None:
        with transaction(db):
            db.execute("INSERT INTO leases VALUES (1, '', 0, 0)")
            raise ZeroDivisionError

    with closing(connect(path)) as connection:
        with pytest.raises(ZeroDivisionError):
            fail_half_way(connection)
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM leases").fetchone()[0] == 0


def test_of_two_workers_that_claim_at_once_each_partition_has_one(path: Path) -> None:
    prepare(path)
    writers = [PipelineWriter(path) for _ in range(4)]
    begin = threading.Barrier(len(writers))

    def claim(number: int) -> None:
        begin.wait()
        writers[number].claim(owner=f"worker-{number}", is_free=lambda *_: False)

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(len(writers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, writer in enumerate(writers):  # what was locked a moment ago may be free
        writer.claim(owner=f"worker-{number}", is_free=lambda *_: False)
    held = [partition for writer in writers for partition in writer.fences]
    assert sorted(held) == list(range(PARTITIONS))
    for writer in writers:
        writer.renew()
        writer.close()


def test_a_former_owner_loses_by_the_fence(path: Path) -> None:
    former, latter = a_writer(path), a_writer(path)
    with pytest.raises(LeaseLost):
        former.commit_detect(DetectWork({1: 5}))
    latter.commit_detect(DetectWork({1: 5}))
    former.close()
    latter.close()


def test_a_zero_byte_from_the_wire_does_not_stop_the_batch(path: Path) -> None:
    device = SeenDevice(AOI, "PC\0-1", "src_1", NOW, NOW)
    writer = a_writer(path)
    writer.commit_detect(DetectWork({}, devices=[device, device]))
    with PipelineReader(path) as reader:
        (seen,) = reader.seen_devices(AOI)
    assert seen.device in ("PC\0-1", "PC␀-1")
    writer.close()


def test_what_is_remembered_comes_back_until_it_expires(path: Path) -> None:
    other = replace(KEY, group="10.0.0.2\0")
    writer = a_writer(path)
    rows = [StateRow(KEY, b"\0one", NOW), StateRow(other, b"two", NOW)]
    writer.commit_detect(DetectWork({}, state=rows))
    writer.commit_detect(DetectWork({}, state=[StateRow(other, b"three", NOW)]))
    assert (writer.state_of(KEY), writer.state_of(other)) == (b"\0one", b"three")
    writer.commit_detect(DetectWork({}, state=[StateRow(KEY)]))
    assert (writer.state_of(KEY), writer.state_of(other)) == (None, b"three")
    later = NOW.replace(year=2027)
    writer.commit_detect(DetectWork({}, reached={AOI: later}))
    assert writer.state_of(other) is None
    writer.close()


def test_of_too_many_memories_the_soonest_to_expire_go(path: Path) -> None:
    keys = [replace(KEY, group=str(number)) for number in range(5)]
    writer = a_writer(path)
    rows = [StateRow(key, b"", NOW.replace(day=number + 1)) for number, key in enumerate(keys)]
    writer.commit_detect(DetectWork({}, state=rows))
    with closing(connect(path)) as connection, transaction(connection) as db:
        assert shed_state(db, limit=3) == {AOI: 2}
    assert [writer.state_of(key) for key in keys] == [None, None, b"", b"", b""]
    writer.close()


def test_times_are_ordered_as_times(path: Path) -> None:
    """Text of one width, compared byte by byte in whatever locale the server lives."""
    prepare(path)
    with closing(connect(path)) as connection:
        words = ["2026-11-21T01:00:00.000000+00:00", "2026-11-21", "a-b", "a_b", "aB", "ab", "Ab"]
        for number, word in enumerate(words):
            connection.execute("INSERT INTO killers VALUES (?, 1, ?)", (number, word))
        found = connection.execute("SELECT detail FROM killers ORDER BY detail").fetchall()
    assert [word for (word,) in found] == sorted(words)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
class TestPostgres:
    """What only a server can do to us: a file cannot hang up."""

    def test_a_connection_that_was_cut_comes_back(self, tmp_path: Path) -> None:
        """The bell keeps one for weeks; the server is restarted for an update meanwhile."""
        with open_directory(tmp_path) as store:
            self.cut(tmp_path)
            with pytest.raises(DatabaseError):
                store.generation()
            assert store.generation() == 0

    def test_a_transaction_that_was_cut_is_not_gone_on_with(self, tmp_path: Path) -> None:
        def lose_it_half_way(db: Connection) -> None:
            with transaction(db):
                db.execute("INSERT INTO killers VALUES (1, 1, 'x')")
                self.cut(tmp_path)
                db.execute("INSERT INTO killers VALUES (2, 1, 'x')")

        prepare(tmp_path / "pipeline.sqlite")
        with closing(connect(tmp_path / "pipeline.sqlite")) as connection:
            with pytest.raises(DatabaseError):
                lose_it_half_way(connection)
            assert connection.execute("SELECT count(*) FROM killers").fetchone()[0] == 0

    def test_the_rest_of_a_cut_transaction_is_not_written_alone(self, tmp_path: Path) -> None:
        """Even by code that takes no notice of the first error."""

        def take_no_notice(db: Connection) -> None:
            with transaction(db):
                self.cut(tmp_path)
                for number in range(3):
                    with suppress(DatabaseError):
                        db.execute("INSERT INTO killers VALUES (?, 1, 'x')", (number,))

        prepare(tmp_path / "pipeline.sqlite")
        with closing(connect(tmp_path / "pipeline.sqlite")) as connection:
            with pytest.raises(DatabaseError):
                take_no_notice(connection)
            assert connection.execute("SELECT count(*) FROM killers").fetchone()[0] == 0

    def test_the_choice_is_made_once_and_kept_secret(self, tmp_path: Path) -> None:
        with pytest.raises(FileExistsError):
            choose_server(tmp_path, "postgresql://elsewhere/x")
        assert server_of(tmp_path).startswith("postgresql://")
        assert (tmp_path / "database.url").stat().st_mode & 0o077 == 0

    def test_nothing_of_the_stores_is_in_the_folder(self, tmp_path: Path) -> None:
        a_writer(tmp_path / "pipeline.sqlite").close()
        open_directory(tmp_path).close()
        assert [path.name for path in tmp_path.iterdir()] == ["database.url"]

    @staticmethod
    def cut(data: Path) -> None:
        import psycopg

        with psycopg.connect(server_of(data), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
