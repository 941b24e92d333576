"""How far each file was sent, in one small file that is replaced as a whole.

A file is known by its inode and by the bytes before its position: a renamed file goes on where it
was, a new one under an old name begins at its start, and so does one that was emptied and refilled.
What is about to be sent is written down first, so that a repeat after a crash is the same request
under the same key.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from hinomi.core.errors import Place, StartRefused

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

_TAIL = 64


class Position(msgspec.Struct):
    """Of one file. `end` is where a request that is under way will have got to (0: none is)."""

    name: str
    id: str
    at: int = 0
    tail: str = ""  # SHA-256 of the bytes before `at`
    end: int = 0


class Positions:
    """Of one folder. `path` is the file; StartRefused when another process uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _lock(path)
        self._files: dict[str, Position] = {}
        try:
            self._files = msgspec.json.decode(path.read_bytes(), type=dict[str, Position])
        except FileNotFoundError:
            pass
        except msgspec.DecodeError as error:
            raise StartRefused(
                f"the positions cannot be read: {error}",
                place=Place(str(path)),
                advice="Move the file away; everything in the folder is then sent once more.",
            ) from error

    def of(self, path: Path, stream: BinaryIO, *, has_bytes: bool = True) -> Position:
        """The file's position; a new one when the bytes before it are others than we sent.
        `has_bytes`: the position counts bytes."""
        stat = os.fstat(stream.fileno())
        key = f"{stat.st_dev}:{stat.st_ino}"
        found = self._files.get(key)
        if found is None or (has_bytes and _tail(stream, found.at) != found.tail):
            found = Position(name=path.name, id=secrets.token_hex(8))
            found.tail = _tail(stream, 0)
            self._files[key] = found
        found.name = path.name
        return found

    def plan(self, position: Position, *, end: int) -> str:
        """Note what is about to be sent; its Idempotency-Key."""
        position.end = end
        self._write()
        return f"{position.id}-{position.at}-{end}"

    def advance(self, position: Position, stream: BinaryIO) -> None:
        """It was acknowledged."""
        position.at, position.end = position.end, 0
        position.tail = _tail(stream, position.at)
        self._write()

    def restart(self, position: Position) -> None:
        """What was under way is not what is in the file any more: begin anew."""
        position.id, position.at, position.end, position.tail = secrets.token_hex(8), 0, 0, ""
        self._write()

    def forget_gone(self, present: set[str]) -> None:
        """Files that are deleted: their inode may come back as another file."""
        gone = [key for key in self._files if key not in present]
        for key in gone:
            del self._files[key]
        if gone:
            self._write()

    def close(self) -> None:
        """Let another process have it."""
        self._lock.close()

    def _write(self) -> None:
        draft = self._path.with_name(self._path.name + ".draft")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(self._files))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _tail(stream: BinaryIO, at: int) -> str:
    stream.seek(max(0, at - _TAIL))
    before = stream.read(min(at, _TAIL))
    if len(before) < min(at, _TAIL):
        return ""  # shorter than it was
    return hashlib.sha256(before + str(at).encode()).hexdigest()


def _lock(path: Path) -> TextIOWrapper:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(path.name + ".lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StartRefused(
            "another `hinomi watch` watches this folder already.", place=Place(str(path))
        ) from error
    return file
