"""Where backups stand: a folder with one folder each, or single .tar files. Reads both alike.

What is not finished has another name (a dot in front), so nothing half is ever taken for a backup.
"""

from __future__ import annotations

import errno
import fcntl
import io
import logging
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from hinomi.store.backup.contents import NAME, BackupFailed, Contents, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PARTIAL = ".hinomi-backup-partial-"
ARCHIVE = ".tar"
logger = logging.getLogger(__name__)


class Kept(Protocol):
    """One finished backup."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def contents(self) -> Contents:
        """What it says it holds."""
        ...

    def open(self, name: str) -> BinaryIO:
        """A file of it; FileNotFoundError when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class KeptFolder:
    """A backup as files that can be looked at with any tool."""

    path: Path
    contents: Contents

    def open(self, name: str) -> BinaryIO:
        """See Kept."""
        return (self.path / name).open("rb")


@dataclass(frozen=True, slots=True)
class KeptArchive:
    """A backup as one file. Not compressed: the lake, nearly all of it, already is."""

    path: Path
    contents: Contents
    places: Mapping[str, tuple[int, int]]  # name → where its bytes begin, how many

    def open(self, name: str) -> BinaryIO:
        """See Kept."""
        if name not in self.places:
            raise FileNotFoundError(errno.ENOENT, "missing", name)
        return cast("BinaryIO", _Part(self.path, *self.places[name]))


class _Part(io.RawIOBase):
    """A piece of a file, to be read from its beginning to its end."""

    def __init__(self, path: Path, begin: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(begin)
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._file.close()
        super().close()


def kept_at(path: Path) -> Kept:
    """The backup that is exactly here. Raises BackupFailed when there is no finished one."""
    if path.is_file():
        return _kept_archive(path)
    try:
        body = (path / NAME).read_bytes()
    except OSError as error:
        raise BackupFailed(
            f"{path} is no finished backup: there is no {NAME} in it.",
            advice="`hinomi backup list PATH` shows the finished ones.",
        ) from error
    return KeptFolder(path, decode(body, where=str(path)))


def kept_in(path: Path) -> list[Kept]:
    """All finished backups of a shelf, newest first; of an archive or one backup just that one."""
    if path.is_file() or (path / NAME).exists():
        return [kept_at(path)]
    if not path.is_dir():
        raise BackupFailed(f"There is no backup at {path}.")
    found = [kept for place in path.iterdir() if (kept := _readable(place))]
    return sorted(found, key=lambda kept: kept.contents.taken_at, reverse=True)


def _readable(place: Path) -> Kept | None:
    """One that cannot be read must not hide the others; it is named in the log."""
    if not _is_finished(place):
        return None
    try:
        return kept_at(place)
    except BackupFailed as error:
        logger.warning("%s", error)
        return None


def newest(path: Path) -> Kept:
    """The newest finished backup here. Raises BackupFailed when there is none."""
    found = kept_in(path)
    if not found:
        raise BackupFailed(f"There is no finished backup in {path}.")
    return found[0]


@contextmanager
def alone(shelf: Path) -> Iterator[None]:
    """One backup at a time; what a killed one left behind is removed first."""
    shelf.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers' records
    with (shelf / ".hinomi-backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFailed(f"Another backup into {shelf} is running.") from error
        for left in shelf.glob(f"{PARTIAL}*"):
            shutil.rmtree(left)
        yield


def _is_finished(place: Path) -> bool:
    return not place.name.startswith(".") and (
        (place / NAME).exists() or (place.is_file() and place.suffix == ARCHIVE)
    )


def _kept_archive(path: Path) -> KeptArchive:
    try:
        with tarfile.open(path, "r:") as archive:
            places = {file.name: (file.offset_data, file.size) for file in archive if file.isreg()}
        with _Part(path, *places[NAME]) as file:
            body = file.read()
    except (tarfile.TarError, KeyError, OSError) as error:
        raise BackupFailed(f"{path} is no backup, or torn: {error}") from error
    return KeptArchive(path, decode(body, where=str(path)), places)
