"""From the store to the worker: one writer at a time, the compiled file, its name in the directory.

Nothing here stops the stream: the worker goes on with the file it has mapped until it sees the new
name, and old files stay for a week.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.detect.intel import Doubt, PackedSet, write_packed
from hinomi.pipeline.intel.current import FOLDER
from hinomi.store.directory import open_directory
from hinomi.store.intel import IntelStore, open_intel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

WAIT_S = 60.0
_KEPT_S = 7 * 86_400  # hunts that were stopped go on with the set they began with


@dataclass(frozen=True, slots=True)
class Compiled:
    """The set in use from now on. `generation` is the directory's that names it."""

    file: str
    count: int
    generation: int


@contextmanager
def changing(data: Path) -> Iterator[IntelStore]:
    """The store, and nobody else changes it meanwhile. Raises HinomiError after a minute's wait."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        _wait_for(lock.fileno())
        with open_intel(data) as store:
            yield store


def publish(store: IntelStore, *, data: Path, now: datetime) -> Compiled:
    """Compile what is in use and name it in the directory; nothing is written when it is the same.

    About 7 s for a million. Call inside `changing`."""
    changes = store.changes()
    folder = data / FOLDER
    path = write_packed(
        store.in_use(now=now),
        folder=folder,
        has_private=store.has_private(code=Doubt.PRIVATE, now=now),
    )
    count = len(PackedSet(path))
    name = path.name if count else ""
    with open_directory(data) as directory:
        generation = directory.name_indicators(name)
    store.note_compiled(file=name, count=count, changes=changes, now=now)
    _sweep(folder, keep=path)
    return Compiled(name, count, generation)


def _wait_for(lock: int) -> None:
    end = time.monotonic() + WAIT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise HinomiError(
                    "Another process is changing the indicators.",
                    advice="Wait for its import to end and try again.",
                ) from error
            time.sleep(0.05)


def _sweep(folder: Path, *, keep: Path) -> None:
    before = time.time() - _KEPT_S
    for path in folder.glob("*.indicators"):
        if path != keep and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
