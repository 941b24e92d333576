"""Opening a store: the safe version, the schema that grows, the file that is no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import StartRefused, StoreDamaged
from hinomi.store.sqlite import (
    connect,
    is_disk_trouble,
    migrate,
    require_safe_sqlite,
    schema_version,
    transaction,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_an_unsafe_sqlite_is_refused_with_what_to_do(version: tuple[int, ...]) -> None:
    with pytest.raises(StartRefused) as refusal:
        require_safe_sqlite(version)
    assert ".".join(map(str, version)) in refusal.value.message
    assert "pip install" in refusal.value.advice


def test_the_sqlite_we_run_on_is_safe() -> None:
    require_safe_sqlite()
    require_safe_sqlite((3, 51, 3))


def test_a_store_writes_ahead_and_syncs_fully(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.sqlite")
    assert migrate(connection, store="directory") == migrate(connection, store="directory") == 1
    assert schema_version(connection) == 1


def test_a_store_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.sqlite")
    migrate(connection, store="directory")
    connection.execute("INSERT INTO schema_version VALUES (9999)")
    with pytest.raises(StartRefused, match="9999"):
        migrate(connection, store="directory")


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.sqlite")
    migrate(connection, store="directory")

    def fail_midway() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO snapshots VALUES (1, x'00', '')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert connection.execute("SELECT count(*) FROM snapshots").fetchone()[0] == 0
    assert not connection.in_transaction


def test_a_reader_makes_no_file_and_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(tmp_path / "none.sqlite", read_only=True)
    assert not list(tmp_path.iterdir())
    migrate(connect(tmp_path / "a.sqlite"), store="directory")
    reader = connect(tmp_path / "a.sqlite", read_only=True)
    with pytest.raises(Exception, match="readonly") as refusal:
        reader.execute("DELETE FROM snapshots")
    assert not is_disk_trouble(refusal.value)


def test_a_file_that_is_no_database_says_which(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is not a database, only text of some length" * 100)
    with pytest.raises(StoreDamaged) as damage:
        connect(path)
    assert str(path) in str(damage.value)
