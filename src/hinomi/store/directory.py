"""The directory's snapshots: published by the portal, polled by collect and workers.

Owns directory.sqlite. A damaged snapshot is reported and the one before it is used, because an
old directory keeps customers watched and none at all does not.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.directory import Directory
from hinomi.core.errors import Place, StoreDamaged
from hinomi.store.database import connect
from hinomi.store.sqlite import migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from sqlite3 import Connection
    from types import TracebackType

FILE = "directory.sqlite"
KEPT = 20
logger = logging.getLogger(__name__)


class DirectoryStore:
    """Open for both ends. `publish` is the portal's, `name_indicators` that of `hinomi intel`."""

    def __init__(self, connection: Connection, *, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._reported: set[int] = set()

    def publish(self, directory: Directory) -> int:
        """Store a new snapshot and return its generation; `directory.generation` is ignored.

        Publishing what is published already changes nothing and returns that generation. The
        portal does not know the indicators in use: where it names none, they stay (ADR 0017).
        """
        with transaction(self._connection):
            present = self._newest()
            if present is None:
                return self._add(directory)
            if not directory.indicators:
                directory = replace(directory, indicators=present.indicators)
            if replace(directory, generation=present.generation) == present:
                return present.generation
            return self._add(directory)

    def name_indicators(self, file: str) -> int:
        """The newest snapshot with other indicators, for who compiled them; its generation."""
        with transaction(self._connection):
            present = self._newest() or Directory()
            if present.indicators == file:
                return present.generation
            return self._add(replace(present, indicators=file))

    def _add(self, directory: Directory) -> int:
        generation = self.generation() + 1
        body = encode(replace(directory, generation=generation))
        self._connection.execute(
            "INSERT INTO snapshots VALUES (?, ?, ?)",
            (generation, body, hashlib.sha256(body).hexdigest()),
        )
        self._connection.execute(
            "DELETE FROM snapshots WHERE generation <= ?", (generation - KEPT,)
        )
        return generation

    def generation(self) -> int:
        """The newest generation published, 0 before the first. Cheap: made for polling."""
        row = self._connection.execute("SELECT max(generation) FROM snapshots").fetchone()
        return int(row[0] or 0)

    def load(self) -> Directory:
        """The newest whole snapshot; the empty directory before the first publication.

        StoreDamaged only when there are snapshots and none of them can be read.
        """
        found = self._newest()
        if found is not None:
            return found
        if self.generation() == 0:
            return Directory()
        raise StoreDamaged(
            "no snapshot of the directory can be read",
            place=Place(str(self._path)),
            advice="Start the portal: it publishes a new one from its own data.",
        )

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> DirectoryStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _newest(self) -> Directory | None:
        for generation, body, sha256 in self._rows():
            if hashlib.sha256(body).hexdigest() == sha256:
                return decode(body)
            if generation not in self._reported:
                self._reported.add(generation)
                logger.error("directory snapshot %d is damaged; using the one before", generation)
        return None

    def _rows(self) -> Iterator[tuple[int, bytes, str]]:
        yield from self._connection.execute(
            "SELECT generation, body, sha256 FROM snapshots ORDER BY generation DESC"
        )


def open_directory(data: Path) -> DirectoryStore:
    """Open (and make or upgrade) DATA's directory store."""
    path = data / FILE
    connection = connect(path)
    migrate(connection, store="directory")
    return DirectoryStore(connection, path=path)


def publish(directory: Directory, *, data: Path) -> int:
    """Publish once into DATA and return the generation (see `DirectoryStore.publish`)."""
    with open_directory(data) as store:
        return store.publish(directory)


def load(*, data: Path) -> Directory:
    """The newest whole snapshot of DATA (see `DirectoryStore.load`)."""
    with open_directory(data) as store:
        return store.load()


def generation(*, data: Path) -> int:
    """The newest generation of DATA. To poll, keep a `DirectoryStore` open instead."""
    with open_directory(data) as store:
        return store.generation()


def encode(directory: Directory) -> bytes:
    """JSON, keys in the order of the dataclasses: equal directories give equal bytes."""
    return msgspec.json.encode(directory)


def decode(body: bytes) -> Directory:
    """Fields this release does not know are ignored, missing ones take their default."""
    try:
        return msgspec.json.decode(body, type=Directory)
    except msgspec.DecodeError as error:
        raise StoreDamaged(f"directory snapshot is not what we write: {error}") from error
