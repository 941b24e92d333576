"""DATA/packs/state.json: read by anybody, changed by one at a time, whole at any moment.

A change is written beside, synced and renamed: a reader, or a start after a kill, finds the state
before or the state after.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from hinomi.core import crash
from hinomi.core.errors import Place, StoreDamaged
from hinomi.pipeline.packs.state import State, settled
from hinomi.store.durable import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

FOLDER = "packs"  # in DATA
NAME = "state.json"


def read_state(data: Path, *, now: datetime) -> State:
    """As it counts now; the empty one before the first pack. Raises StoreDamaged."""
    path = data / FOLDER / NAME
    try:
        return settled(msgspec.json.decode(path.read_bytes(), type=State), now)
    except FileNotFoundError:
        return State()
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreDamaged(
            f"which rule packs are in use cannot be read ({error})",
            place=Place(str(path)),
            advice="Restore it from a backup, or move it away and activate the packs again.",
        ) from error


def change_state(data: Path, *, now: datetime, change: Callable[[State], State]) -> State:
    """Apply a change to what counts now; returns the state from then on."""
    with only_one(data):
        before = read_state(data, now=now)
        after = change(before)
        if after is not before:
            _write(data / FOLDER, after)
        return after


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Nobody else installs or switches meanwhile. Waits; whoever holds it needs a moment only."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "one.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def state_mark(data: Path) -> tuple[int, int, int]:
    """Changes whenever the state is written; zeros before the first."""
    try:
        stat = (data / FOLDER / NAME).stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def _write(folder: Path, state: State) -> None:
    temporary = folder / f"{NAME}.tmp"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    sync(temporary)
    crash.point("pack:before-state")
    temporary.replace(folder / NAME)
    crash.point("pack:after-state")
    sync(folder)
