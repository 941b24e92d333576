"""Backup and restore of the stores: whole or not at all, and parts that fit each other."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pysqlite3 import dbapi2 as sqlite

from hinomi.core.errors import StoreDamaged
from hinomi.core.ids import partition_of
from hinomi.core.records import RawRecord
from hinomi.store.backup import (
    BackupFailed,
    faults_of,
    kept_in,
    lay_out,
    newest,
    require_free,
    take_backup,
)
from hinomi.store.log import SqliteLogReader, SqliteLogWriter
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from hinomi.store.pipeline_rows import DetectWork, LakeWork, ManifestRow
from hinomi.store.pipeline_writer import PipelineWriter

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.store.backup import Contents, Kept

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ORGANISATION = "org_aoba"
PARTITION = partition_of(ORGANISATION)
RECORD = RawRecord(
    event_id="01",
    organisation=ORGANISATION,
    source="src_1",
    kind="auto",
    timezone="Asia/Tokyo",
    receive_time=NOW,
    raw=b"line",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as a tower leaves it: three records in the log, two of them in a lake file."""
    folder = tmp_path / "data"
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "django.key").write_bytes(b"secret")
    (folder / "run").mkdir()
    (folder / "run" / "endpoints.json").write_text("{}")
    (folder / "rules").mkdir()
    (folder / "rules" / "own.yml").write_text("title: x")
    with closing(sqlite.connect(folder / "portal.sqlite")) as portal:
        portal.execute("CREATE TABLE cursor (seq INTEGER)")
    append(folder, 3)
    store = PipelineWriter(folder / FILE_NAME)
    store.claim(owner="worker", is_free=lambda *_: True)
    store.commit_detect(DetectWork(offsets={PARTITION: 3}))
    list_file(store, folder, "2026-11-21/generic-1.parquet", offset=2)
    store.close()
    return folder


def append(folder: Path, count: int) -> None:
    log = SqliteLogWriter(folder / "log")
    for _ in range(count):
        log.append([RECORD])
    log.close()


def list_file(store: PipelineWriter, folder: Path, name: str, *, offset: int) -> None:
    path = folder / "lake" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(1_000))
    row = ManifestRow(name, ORGANISATION, "generic", NOW.date(), 2, 1_000, *([NOW] * 4))
    store.commit_lake(LakeWork(offsets={PARTITION: offset}, files=[row]))


def take(data: Path, target: Path) -> tuple[Path, Contents]:
    return take_backup(data, target, now=lambda: datetime.now(UTC), version="0.1.0")


def restored(kept: Kept, folder: Path) -> Path:
    lay_out(kept, folder)
    return folder


@pytest.mark.parametrize("name", ["shelf", "one.tar"])
def test_what_was_taken_comes_back_byte_for_byte(data: Path, tmp_path: Path, name: str) -> None:
    take(data, tmp_path / name)
    home = restored(newest(tmp_path / name), tmp_path / "new")
    lake = "lake/2026-11-21/generic-1.parquet"
    assert (home / lake).read_bytes() == (data / lake).read_bytes()
    assert (home / "rules" / "own.yml").read_text() == "title: x"
    with PipelineReader(home / FILE_NAME) as store:
        assert store.offsets()[PARTITION].detect == 3
    log = SqliteLogReader(home / "log")
    chunks = list(log.read(offsets={PARTITION: 0}, limit=9))
    found = [each.offset for chunk in chunks for each in chunk.records]
    log.close()
    assert found == [1, 2, 3]


@pytest.mark.parametrize("name", ["shelf", "one.tar"])
def test_keys_and_what_lives_only_while_running_are_left_out_and_said_so(
    data: Path, tmp_path: Path, name: str
) -> None:
    _, contents = take(data, tmp_path / name)
    home = restored(newest(tmp_path / name), tmp_path / "new")
    assert not (home / "keys").exists()
    assert not (home / "run").exists()
    assert "keys/" in contents.left_out


def test_a_log_that_went_on_in_a_restored_folder_gives_no_offset_twice(
    data: Path, tmp_path: Path
) -> None:
    """An offset the pipeline has passed, given to a new record, would hide that record."""
    take(data, tmp_path / "shelf")
    home = restored(newest(tmp_path / "shelf"), tmp_path / "new")
    append(home, 1)
    with PipelineReader(home / FILE_NAME) as store:
        assert store.offsets()[PARTITION].detect == 3
    log = SqliteLogReader(home / "log")
    assert log.ends()[PARTITION] == 4
    log.close()


def test_parts_are_taken_in_the_order_that_lets_a_later_part_only_know_more(
    data: Path, tmp_path: Path
) -> None:
    steps: list[str] = []
    take_backup(data, tmp_path / "shelf", now=lambda: NOW, version="0.1.0", on_step=steps.append)
    order = ["portal.sqlite", "pipeline.sqlite", "log/00000001.sqlite", "log/answers.sqlite"]
    assert [step for step in steps if step in order] == order


def test_lake_files_of_an_earlier_backup_are_linked_not_copied(data: Path, tmp_path: Path) -> None:
    first, _ = take(data, tmp_path / "shelf")
    second, contents = take(data, tmp_path / "shelf")
    path = "lake/2026-11-21/generic-1.parquet"
    assert (first / path).stat().st_ino == (second / path).stat().st_ino
    assert (first / path).stat().st_ino != (data / path).stat().st_ino
    shutil.rmtree(first)  # each stands alone
    assert list(faults_of(newest(tmp_path / "shelf"))) == []
    assert contents.counts["lake_files"] == 1


def test_a_file_that_retention_deletes_meanwhile_is_no_fault(data: Path, tmp_path: Path) -> None:
    """The manifest is copied again and does not name it any more."""
    gone = data / "lake" / "2026-11-21" / "generic-1.parquet"
    rounds: list[str] = []

    def step(name: str) -> None:
        if name != FILE_NAME:
            return
        rounds.append(name)
        gone.unlink(missing_ok=True)
        if len(rounds) == 2:
            with closing(sqlite.connect(data / FILE_NAME, isolation_level=None)) as store:
                store.execute("DELETE FROM manifest")

    _, contents = take_backup(
        data, tmp_path / "shelf", now=lambda: NOW, version="0.1.0", on_step=step
    )
    assert contents.faults == ()
    assert contents.counts["lake_files"] == 0


def test_a_listed_file_that_is_missing_is_named_and_the_rest_is_taken(
    data: Path, tmp_path: Path
) -> None:
    (data / "lake" / "2026-11-21" / "generic-1.parquet").unlink()
    _, contents = take(data, tmp_path / "shelf")
    assert contents.faults == ("lake/2026-11-21/generic-1.parquet is listed, but missing",)
    assert "portal.sqlite" in {entry.path for entry in contents.files}


def test_a_torn_lake_file_is_not_taken_for_whole(data: Path, tmp_path: Path) -> None:
    with (data / "lake" / "2026-11-21" / "generic-1.parquet").open("r+b") as file:
        file.truncate(10)
    _, contents = take(data, tmp_path / "shelf")
    assert contents.faults == ("lake/2026-11-21/generic-1.parquet is torn: 10 of 1000 bytes",)


def test_a_damaged_store_ends_the_backup_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    (data / "portal.sqlite").write_bytes(b"not a database at all, but long enough" * 200)
    with pytest.raises(StoreDamaged):
        take(data, tmp_path / "shelf")
    assert kept_in(tmp_path / "shelf") == []
    assert [path.name for path in (tmp_path / "shelf").iterdir()] == [".hinomi-backup.lock"]


def test_a_damaged_log_segment_is_kept_as_it_is_for_its_chunks(data: Path, tmp_path: Path) -> None:
    segment = data / "log" / "00000001.sqlite"
    segment.write_bytes(b"torn" * 1_000)
    _, contents = take(data, tmp_path / "shelf")
    assert contents.faults[0].startswith("log/00000001.sqlite is damaged")
    home = restored(newest(tmp_path / "shelf"), tmp_path / "new")
    assert (home / "log" / "00000001.sqlite").read_bytes() == segment.read_bytes()


@pytest.mark.parametrize("name", ["shelf", "one.tar"])
def test_a_changed_byte_is_found_and_never_restored(data: Path, tmp_path: Path, name: str) -> None:
    place, contents = take(data, tmp_path / name)
    lake = next(entry for entry in contents.files if entry.path.startswith("lake/"))
    victim = place / lake.path if place.is_dir() else place
    body = bytearray(victim.read_bytes())
    middle = body.index((data / lake.path).read_bytes()) + 500
    body[middle] ^= 1
    victim.write_bytes(body)
    kept = newest(tmp_path / name)
    assert list(faults_of(kept)) == [f"{lake.path}: changed or torn"]
    with pytest.raises(StoreDamaged, match="not what was written"):
        lay_out(kept, tmp_path / "new")


def test_a_backup_that_names_a_path_outside_is_refused(data: Path, tmp_path: Path) -> None:
    place, _ = take(data, tmp_path / "shelf")
    note = json.loads((place / "backup.json").read_text())
    note["files"][0]["path"] = "../../evil"
    (place / "backup.json").write_text(json.dumps(note))
    with pytest.raises(StoreDamaged, match="outside"):
        lay_out(newest(tmp_path / "shelf"), tmp_path / "new")
    assert not (tmp_path / "evil").exists()


def test_a_torn_archive_is_no_backup(data: Path, tmp_path: Path) -> None:
    place, _ = take(data, tmp_path / "one.tar")
    place.write_bytes(place.read_bytes()[:700])
    with pytest.raises(BackupFailed):
        kept_in(place)


def test_a_newer_schema_is_refused_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    place, _ = take(data, tmp_path / "shelf")
    note = json.loads((place / "backup.json").read_text())
    note["schemas"]["pipeline.sqlite"] = 9_999
    (place / "backup.json").write_text(json.dumps(note))
    with pytest.raises(BackupFailed, match="schema 9999"):
        lay_out(newest(tmp_path / "shelf"), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_restore_goes_only_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    require_free(tmp_path / "new")
    require_free(tmp_path / "missing")
    (tmp_path / "new" / "a").touch()
    with pytest.raises(BackupFailed, match="not empty"):
        require_free(tmp_path / "new")


def test_a_running_tower_is_named_as_the_reason(data: Path) -> None:
    with (data / "run" / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="A tower runs"):
            require_free(data)


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hinomi.store.backup.parts.copy_stream", full)
    with pytest.raises(BackupFailed, match="is full; no backup was made") as told:
        take(data, tmp_path / "shelf")
    assert "Free some space" in told.value.advice
    assert kept_in(tmp_path / "shelf") == []


def test_too_little_room_is_told_before_anything_is_copied(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.store.backup.take.RESERVE_BYTES", 1 << 60)
    with pytest.raises(BackupFailed, match="MB free"):
        take(data, tmp_path / "shelf")


def test_a_backup_inside_the_folder_it_protects_is_refused(data: Path) -> None:
    with pytest.raises(BackupFailed, match="it is to protect"):
        take(data, data / "backups")


def test_two_backups_at_once_into_one_folder_are_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    with (tmp_path / "shelf" / ".hinomi-backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="Another backup"):
            take(data, tmp_path / "shelf")


@pytest.mark.parametrize(
    "point", ["backup:after-portal", "backup:after-lake", "backup:before-rename"]
)
@pytest.mark.parametrize("name", ["shelf", "one.tar"])
def test_a_backup_killed_in_the_middle_is_none(
    data: Path, tmp_path: Path, point: str, name: str
) -> None:
    command = [sys.executable, "-m", "hinomi.cli.main", "backup", "--data", str(data)]
    command += ["--to", str(tmp_path / name)]
    killed = subprocess.run([*command, "--crash-at", point], check=False, capture_output=True)
    assert killed.returncode == -9
    with pytest.raises(BackupFailed, match=r"no (finished )?backup"):
        newest(tmp_path / name)
    subprocess.run(command, check=True, capture_output=True)
    assert list(faults_of(newest(tmp_path / name))) == []
    left = [path.name for path in tmp_path.rglob(".hinomi-backup-partial-*")]
    assert left == [], "the next backup removes what the killed one left"


def test_a_restore_killed_in_the_middle_leaves_no_folder_and_no_rest(
    data: Path, tmp_path: Path
) -> None:
    (data / "portal.sqlite").unlink()  # one without tables: the portal lays its own at once
    with closing(sqlite.connect(data / "portal.sqlite")) as portal:
        portal.execute("PRAGMA user_version = 1")
    take(data, tmp_path / "shelf")
    command = [sys.executable, "-m", "hinomi.cli.main", "restore", str(tmp_path / "shelf")]
    command += ["--data", str(tmp_path / "new")]
    killed = subprocess.run(
        [*command, "--crash-at", "restore:after-file:3"], check=False, capture_output=True
    )
    assert killed.returncode == -9
    assert not (tmp_path / "new").exists()
    assert list(tmp_path.glob(".new.restoring-*"))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob(".new.restoring-*")), "the next one removes what was left"


def test_a_portal_that_cannot_use_the_data_means_nothing_is_restored(
    data: Path, tmp_path: Path
) -> None:
    """Here its database is not one of ours."""
    (data / "portal.sqlite").unlink()
    with closing(sqlite.connect(data / "portal.sqlite")) as portal:
        portal.execute("CREATE TABLE django_migrations (nonsense INTEGER)")
    take(data, tmp_path / "shelf")
    command = [sys.executable, "-m", "hinomi.cli.main", "restore", str(tmp_path / "shelf")]
    done = subprocess.run(
        [*command, "--data", str(tmp_path / "new")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "The portal cannot use the restored data" in done.stderr
    assert not (tmp_path / "new").exists()
