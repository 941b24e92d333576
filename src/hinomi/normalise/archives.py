"""Looks into zip and gz without unpacking to disk, and stops at bombs.

Member names are only shown, never used as paths.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hinomi.core.archives import BROKEN_ARCHIVE, CLOSED_ARCHIVE
from hinomi.core.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

MAX_UNPACKED_BYTES = 4 << 30
MAX_RATIO = 250  # text logs reach 30; beyond this it is made to hurt
RATIO_FROM_BYTES = 32 << 20  # small members may compress as well as they like
MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Member:
    """One readable thing: a file, or a member of an archive. `file` is "" inside archives.

    `size` is what it takes on disk, for progress; `suffix` tells members of one archive apart.
    """

    path: str
    stream: Peekable
    size: int
    file: str = ""
    suffix: str = ""


class LineSource(Protocol):
    """A stream that lines are cut out of."""

    def read1(self, size: int = -1, /) -> bytes:
        """What is there already, up to `size` bytes; waits only when nothing is."""
        ...


class Peekable(LineSource, Protocol):
    """What a record reader needs of a stream; `io.BufferedReader` has it."""

    def peek(self, size: int = 0, /) -> bytes:
        """The next bytes, left unread."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        ...


class Readable(Protocol):
    """What a guarded stream needs of the one below."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        ...


class _Guarded(io.RawIOBase):
    """A stream that raises UnreadableFile when it unpacks to more than its packed size allows."""

    def __init__(self, inner: Readable, packed: int) -> None:
        self._inner = inner
        self._allowed = max(RATIO_FROM_BYTES, min(MAX_UNPACKED_BYTES, packed * MAX_RATIO))
        self._count = 0

    def readable(self) -> bool:
        """Always; there is nothing to write."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Count what comes out; a damaged archive ends as UnreadableFile."""
        view = memoryview(buffer)
        try:
            data = self._inner.read(min(len(view), 1 << 16))
        except BROKEN_ARCHIVE as error:
            raise UnreadableFile(f"The archive is damaged: {error}.") from error
        except RuntimeError as error:  # zipfile's way to say "encrypted"
            raise UnreadableFile(f"The archive cannot be opened: {error}") from error
        self._count += len(data)
        if self._count > self._allowed:
            raise UnreadableFile("The archive unpacks to far more than a log would (bomb?).")
        view[: len(data)] = data
        return len(data)


class _Unopened:
    """A member that is encrypted or damaged: says so when it is read."""

    def __init__(self, detail: str) -> None:
        self._detail = detail

    def read(self, size: int = -1, /) -> bytes:
        """Never gives bytes."""
        raise RuntimeError(self._detail)


def open_members(file: Path) -> Iterator[Member]:
    """The file itself, or what is in it. Raises UnreadableFile when an archive is not one."""
    with file.open("rb") as stream:
        head = stream.peek(4)[:4]
        if head[:4] == b"PK\x03\x04":
            yield from _zip_members(file)
        elif head[:2] == b"\x1f\x8b":
            size = file.stat().st_size
            inner = io.BufferedReader(_Guarded(gzip.GzipFile(fileobj=stream), size), 1 << 16)
            yield Member(str(file), inner, size)
        else:
            regular = file.is_file()
            yield Member(
                str(file),
                stream,
                file.stat().st_size if regular else 0,
                str(file) if regular else "",
            )


def _zip_members(file: Path) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN_ARCHIVE as error:
        raise UnreadableFile(f"The zip archive is damaged: {error}.") from error
    with archive:
        # `is_dir` fails on a member without a name.
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) > MAX_MEMBERS:
            raise UnreadableFile(
                f"The archive has {len(entries):,} members; {MAX_MEMBERS:,} at most."
            )
        for entry in entries:
            yield _zip_member(archive, entry, file)


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> Member:
    """One member; one that cannot be opened raises when read, so that the others go on."""
    try:
        opened: Readable = archive.open(entry)
    except CLOSED_ARCHIVE as error:
        opened = _Unopened(str(error))
    stream = io.BufferedReader(_Guarded(opened, entry.compress_size), 1 << 16)
    if entry.filename.endswith(".gz"):
        inner = gzip.GzipFile(fileobj=stream)
        stream = io.BufferedReader(_Guarded(inner, entry.compress_size), 1 << 16)
    name = entry.filename.replace("\\", "/")
    return Member(f"{file}!{name}", stream, entry.compress_size, "", f"!{name}")
