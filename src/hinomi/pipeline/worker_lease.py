"""Who owns a partition, without any clock that could jump: file locks, and beats that stand still.

A worker locks a file of its own for as long as it lives; the kernel opens the lock at its death, so
a successor takes over at once. A worker that lives but hangs loses its lease when its beat has not
moved for a while on the watcher's own monotonic clock.
"""

from __future__ import annotations

import fcntl
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HANG_S = 20.0


class Owner:
    """This worker's name and lock under DATA/run/workers."""

    def __init__(self, folder: Path, *, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._folder = folder
        self._lock = (folder / f"{name}.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._watched: dict[int, tuple[str, int, float]] = {}

    def close(self) -> None:
        """Leave cleanly: the name is nobody's any more."""
        (self._folder / f"{self.name}.lock").unlink(missing_ok=True)
        self._lock.close()

    def is_free(self, partition: int, owner: str, beat: int, *, monotonic: float) -> bool:
        """Whether a partition may be taken over from `owner`. Ask again and again."""
        if not owner or self._is_dead(owner):
            return True
        seen = self._watched.get(partition)
        if seen is None or seen[:2] != (owner, beat):
            self._watched[partition] = (owner, beat, monotonic)
            return False
        return monotonic - seen[2] >= HANG_S

    def _is_dead(self, owner: str) -> bool:
        if owner == self.name:
            return False
        path = self._folder / f"{owner}.lock"
        try:
            with path.open("r+") as lock:
                return _lock_at_once(lock)
        except FileNotFoundError:
            return True


def _lock_at_once(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
