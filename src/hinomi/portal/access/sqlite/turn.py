"""Whose turn it is to write into one SQLite file, among all threads and processes.

Two empty files beside it are locked: who wants to write first takes the one place at the door, then
waits there until the writer is done. The writer cannot come back before them, so nobody is passed
over for long. It is a courtesy; what keeps the file whole is SQLite's own lock. The kernel gives
back what a killed process held.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

PATIENCE_S = 20.0  # then SQLite itself decides, and says so when the file stays locked
_ASK_AGAIN_S = 0.001


class Turn:
    """Of one connection."""

    def __init__(self, database: str | Path) -> None:
        """Nothing is opened before the first transaction."""
        self._files = tuple(Path(f"{database}-{each}") for each in ("door", "turn"))
        self._held: list[int] = []

    def take(self) -> None:
        """Wait for the turn. Returns without it after PATIENCE_S, or where no file can be made."""
        deadline = time.monotonic() + PATIENCE_S
        try:
            for file in self._files:
                self._hold(file, deadline)
            os.close(self._held.pop(0))  # the door is free for the next
        except OSError:
            self.give_back()

    def give_back(self) -> None:
        """Does nothing when it was not taken."""
        while self._held:
            os.close(self._held.pop())

    def _hold(self, file: Path, deadline: float) -> None:
        opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        self._held.append(opened)
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_ASK_AGAIN_S)
            else:
                return
