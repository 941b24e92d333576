"""The parts of one backup in their order, each copied as one moment of its store."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import StoreDamaged
from hinomi.store.backup.contents import NAME, Contents, Entry, encode
from hinomi.store.backup.copies import (
    copy_database,
    copy_stream,
    hash_stream,
    link,
)
from hinomi.store.backup.inventory import other_files
from hinomi.store.durable import sync, sync_tree
from hinomi.store.log.segments import segment_numbers, segment_path
from hinomi.store.pipeline import FILE_NAME as PIPELINE
from hinomi.store.pipeline import PipelineReader
from hinomi.store.sqlite import DatabaseError, is_disk_trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from hinomi.store.pipeline_rows import ManifestRow

PORTAL = "portal.sqlite"
DIRECTORY = "directory.sqlite"
MAILROOM = "mailroom.sqlite"
POLLROOM = "pollroom.sqlite"
_ROUNDS = 5  # of pipeline and lake, while retention deletes files under our hands


class Parts:
    """One backup while it grows in `folder`."""

    def __init__(
        self,
        data: Path,
        folder: Path,
        *,
        earlier: Mapping[str, tuple[Path, Entry]],
        on_step: Callable[[str], None],
    ) -> None:
        self._data, self._folder, self._on_step = data, folder, on_step
        self._earlier = earlier
        self._entries: dict[str, Entry] = {}
        self._schemas: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._faults: list[str] = []

    def run(self, *, now: Callable[[], datetime], version: str) -> Contents:
        """Copy everything; returns what `backup.json`, written last, says."""
        taken_at = now()
        self._database(PORTAL)
        crash.point("backup:after-portal")
        self._pipeline_and_lake()
        crash.point("backup:after-lake")
        self._database(DIRECTORY)
        for room in (MAILROOM, POLLROOM):  # before the log: what they call delivered is in the copy
            self._database(room)
        self._log()
        self._others()
        contents = Contents(
            hinomi=version,
            taken_at=taken_at,
            finished_at=now(),
            files=tuple(self._entries[path] for path in sorted(self._entries)),
            schemas=self._schemas,
            counts=self._counts,
            faults=tuple(self._faults),
        )
        sync_tree(self._folder)
        (self._folder / NAME).write_bytes(encode(contents))
        sync(self._folder / NAME)
        sync(self._folder)
        return contents

    def _database(self, name: str) -> None:
        if not (self._data / name).exists():
            return
        self._on_step(name)
        target = self._folder / name
        target.unlink(missing_ok=True)  # an earlier round of the pipeline
        version = copy_database(self._data / name, target)
        if version:
            self._schemas[name] = version
        with target.open("rb") as file:
            self._entries[name] = Entry(name, *hash_stream(file))

    def _pipeline_and_lake(self) -> None:
        """Again while listed files vanish: retention unlists and deletes, so a new copy of the
        manifest does not name them. What is still listed and still missing is a fault."""
        if not (self._data / PIPELINE).exists():
            return
        for round_ in range(_ROUNDS):
            self._database(PIPELINE)
            rows = self._listed()
            faults = [fault for row in rows for fault in self._lake_file(row)]
            if not faults or round_ == _ROUNDS - 1:
                break
        self._faults += faults
        self._counts |= {
            "lake_files": len(rows),
            "lake_bytes": sum(row.size_bytes for row in rows),
        }

    def _listed(self) -> list[ManifestRow]:
        """One row per file, and what else the copied store can count."""
        with PipelineReader(self._folder / PIPELINE) as copy:
            self._counts["findings"] = sum(copy.last_seqs().values())
            return list({row.file: row for row in copy.all_files()}.values())

    def _lake_file(self, row: ManifestRow) -> list[str]:
        """Faults. A file of the lake is never written twice under one name, so one that an earlier
        backup on this shelf holds is linked, not read again."""
        path = f"lake/{row.file}"
        if path in self._entries:
            return []
        known = self._earlier.get(path)
        is_same = known is not None and known[1].size_bytes == row.size_bytes
        if known and is_same and link(known[0], self._folder / path):
            self._entries[path] = known[1]
            return []
        return self._file(path, size_bytes=row.size_bytes)

    def _file(self, path: str, *, size_bytes: int | None = None) -> list[str]:
        target = self._folder / path
        try:
            with (self._data / path).open("rb") as file:
                entry = Entry(path, *copy_stream(file, target))
        except FileNotFoundError:
            return [f"{path} is listed, but missing"]
        if size_bytes is not None and entry.size_bytes != size_bytes:
            target.unlink()
            return [f"{path} is torn: {entry.size_bytes} of {size_bytes} bytes"]
        self._entries[path] = entry
        return []

    def _log(self) -> None:
        """Segments, then the answers: what a segment hands over must not fall between the two."""
        numbers = segment_numbers(self._data / "log")
        for number in numbers:
            path = segment_path(self._data / "log", number).relative_to(self._data)
            with suppress(FileNotFoundError):  # consumed for a day: deleted meanwhile
                self._segment(str(path))
        self._database("log/answers.sqlite")
        self._counts["log_segments"] = len(numbers)

    def _segment(self, path: str) -> None:
        try:
            self._database(path)
        except (StoreDamaged, DatabaseError) as error:
            if is_disk_trouble(error):
                raise
            # The reader saves single chunks from a damaged segment, so its bytes are worth keeping.
            (self._folder / path).unlink(missing_ok=True)
            self._file(path)
            self._faults.append(f"{path} is damaged and was copied as it is: {error}")

    def _others(self) -> None:
        for path in other_files(self._data):
            if path in self._entries:
                continue
            with suppress(FileNotFoundError):
                if path.endswith(".sqlite"):
                    self._database(path)
                else:
                    self._file(path)
