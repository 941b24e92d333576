"""A folder where slow work is kept for the next start: read rules, compiled buckets.

Only a shortcut: whatever is missing, cut short, from another version or not writable is made anew,
quietly. What is kept is data (MessagePack), never code, and never pickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

MOST_FILES = 600  # a set of rules uses about a hundred; the rest is of older versions
_SUFFIX = ".kept"
_CHECK_BYTES = 16


class Shelf:
    """Bodies by name. Several processes may read and write the same folder at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """What was put there by this version of hinomi; None when there is no such, or it broke."""
        try:
            content = self._path(name).read_bytes()
        except OSError:
            return None
        body = content[_CHECK_BYTES:]
        return body if content[:_CHECK_BYTES] == _check(body) else None

    def put(self, name: str, body: bytes) -> None:
        """Keep it if that is possible. A reader sees the old body or the new one, whole."""
        path = self._path(name)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_check(body) + body)
                Path(temporary).replace(path)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise
            self._drop_oldest()

    def _path(self, name: str) -> Path:
        """The version is part of the name, so two versions never take turns in one file."""
        mark = hashlib.sha256(f"{version_mark()}\0{name}".encode()).hexdigest()
        return self._folder / (mark[:32] + _SUFFIX)

    def _drop_oldest(self) -> None:
        kept = list(self._folder.glob("*" + _SUFFIX))
        if len(kept) <= MOST_FILES:
            return
        by_age = sorted(kept, key=lambda path: path.stat().st_mtime_ns)
        for path in by_age[: len(kept) - MOST_FILES * 3 // 4]:
            path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def version_mark() -> str:
    """Changes with the code that reads and compiles rules, and with Python, which says what lower
    case is. Nobody has to remember to count a number up."""
    found = hashlib.sha256(sys.version.encode())
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("plan/*.py")]):
        found.update(path.read_bytes())
    return found.hexdigest()


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK_BYTES]
