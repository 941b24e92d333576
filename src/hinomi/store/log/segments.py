"""Segment files: their names, their birth, what a reader may know without opening the chunks."""

from __future__ import annotations

import os
import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from hinomi.store.sqlite import connect, migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from sqlite3 import Connection

QUARANTINE = "quarantine"
_NAME = re.compile(r"(\d{8})\.sqlite")


def segment_path(folder: Path, number: int) -> Path:
    """The file of segment `number`, counted from 1."""
    return folder / f"{number:08}.sqlite"


def segment_numbers(folder: Path) -> list[int]:
    """All segments there are, oldest first; the folder itself is the only catalogue."""
    try:
        names = [file.name for file in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for match in map(_NAME.fullmatch, names) if match)


def create_segment(
    folder: Path, *, number: int, next_offsets: Mapping[int, int], opened_us: int
) -> Connection:
    """Make segment `number` whole under another name, then let it appear by one rename."""
    path = segment_path(folder, number)
    draft = path.with_suffix(".draft")
    remove_database(draft)
    with closing(connect(draft)) as connection:
        migrate(connection, store="log")
        with transaction(connection):
            connection.executemany("INSERT INTO heads VALUES (?, ?)", list(next_offsets.items()))
            connection.execute("INSERT INTO state VALUES ('opened_us', ?)", (opened_us,))
    draft.rename(path)
    sync_folder(folder)
    return connect(path)


def next_offsets(connection: Connection) -> dict[int, int]:
    """Where each partition goes on after this segment: partition → next free offset."""
    offsets = {int(p): int(n) for p, n in connection.execute("SELECT * FROM heads")}
    for partition, last in connection.execute(
        "SELECT partition, max(last_offset) FROM chunks GROUP BY partition"
    ):
        offsets[int(partition)] = int(last) + 1
    return offsets


def get_state(connection: Connection, name: str) -> int | None:
    """One number of the segment's own notes, None when it was never written."""
    row = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def set_state(connection: Connection, name: str, value: int) -> None:
    """Write one of the segment's own notes."""
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))


def remove_database(path: Path) -> None:
    """Delete an SQLite file with its companions, the main file first: no half segment appears."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        (path.parent / name).unlink(missing_ok=True)


def quarantine_segment(folder: Path, number: int) -> Path:
    """Move a segment that cannot be opened out of the way, with its companions; its new place."""
    path = segment_path(folder, number)
    aside = folder / QUARANTINE
    aside.mkdir(exist_ok=True)
    for name in (f"{path.name}-wal", f"{path.name}-shm", path.name):
        if (folder / name).exists():
            (folder / name).replace(aside / name)
    sync_folder(folder)
    return aside / path.name


def sync_folder(folder: Path) -> None:
    """Make renames and removals in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """One segment for reading and small notes; closed at the end."""
    with closing(connect(path)) as connection:
        yield connection
