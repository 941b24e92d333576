"""Follows text logs of sign-ins (auth.log, secure): each line goes on as it stands.

The place reached is kept, so that what was written while the agent was off follows; a file that was
turned over is read to its end first, as far as it can still be found.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, BinaryIO

from hinomi.agent.collector import Told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_BYTES = 256 << 10  # at one look
_MOST_LINE = 16 << 10


class LogTail:
    """`places`: a file of ours for what was reached. A log that is not there yet is waited for."""

    name = "log"

    def __init__(self, *, log: Path, places: Path) -> None:
        self._log, self._places = log, places
        self._stream: BinaryIO | None = None
        self._open_at(self._reached())

    def fileno(self) -> int | None:
        """Files cannot be waited on."""
        return None

    def read(self) -> Sequence[Told]:
        """Whole lines since the last time; the rest of a line comes with its end."""
        if self._stream is None:
            self._open_at(None)
        found = self._lines()
        if not found and self._was_turned_over():
            self._open_at((0, 0))
            found = self._lines()
        return found

    def broken(self) -> Sequence[str]:
        """A log nobody writes is said once it is asked for."""
        return [] if self._stream else [f"ログインの記録（{self._log}）が、まだありません。"]

    def lost(self) -> int:
        """Nothing that can be counted."""
        return 0

    def keep_place(self) -> None:
        """Write down what was reached; called once what was read is in the spool."""
        if self._stream is None:
            return
        stat = os.fstat(self._stream.fileno())
        text = json.dumps({"inode": stat.st_ino, "at": self._stream.tell()})
        draft = self._places.with_suffix(".draft")
        draft.write_text(text, encoding="ascii")
        draft.replace(self._places)

    def close(self) -> None:
        """Release the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _lines(self) -> list[Told]:
        if self._stream is None:
            return []
        start = self._stream.tell()
        if os.fstat(self._stream.fileno()).st_size < start:
            start = self._stream.seek(0)  # emptied
        block = self._stream.read(_MOST_BYTES)
        end = block.rfind(b"\n") + 1
        if not end and len(block) == _MOST_BYTES:
            end = len(block)  # no line is this long; cut rather than stand still
        self._stream.seek(start + end)
        lines = (line[:_MOST_LINE].strip(b"\r\x00 ") for line in block[:end].split(b"\n"))
        # A line that looks like one of our own records must not be taken for one.
        return [Told("log", line) for line in lines if line and line[:1] != b"{"]

    def _was_turned_over(self) -> bool:
        if self._stream is None:
            return False
        try:
            return self._log.stat().st_ino != os.fstat(self._stream.fileno()).st_ino
        except OSError:
            return False

    def _open_at(self, reached: tuple[int, int] | None) -> None:
        """(inode, byte) reached; of a log seen for the first time only what comes from now on."""
        self.close()
        try:
            self._stream = self._log.open("rb", buffering=0)
        except OSError:
            return
        inode = os.fstat(self._stream.fileno()).st_ino
        if reached is None:
            self._stream.seek(0, os.SEEK_END)
        elif reached[0] == inode:
            self._stream.seek(reached[1])

    def _reached(self) -> tuple[int, int] | None:
        try:
            found = json.loads(self._places.read_text("ascii"))
            return int(found["inode"]), int(found["at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
