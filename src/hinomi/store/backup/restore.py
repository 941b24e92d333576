"""Lays a backup out as a new data folder, each file compared with its hash while it is written."""

from __future__ import annotations

import errno
import fcntl
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import StoreDamaged
from hinomi.store.backup.contents import BackupFailed
from hinomi.store.backup.copies import copy_stream
from hinomi.store.durable import sync_tree
from hinomi.store.sqlite import newest_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hinomi.store.backup.contents import Contents, Entry
    from hinomi.store.backup.shelf import Kept

_STORES = {
    "pipeline.sqlite": "pipeline",
    "directory.sqlite": "directory",
    "log/answers.sqlite": "answers",
}


def lay_out(kept: Kept, folder: Path, *, on_step: Callable[[str], None] = lambda _: None) -> None:
    """Write all files of the backup into `folder`, which is made here.

    Raises StoreDamaged at the first file that is not what the backup says.
    """
    _require_known(kept.contents)
    folder.mkdir(parents=True, mode=0o700)
    try:
        for entry in kept.contents.files:
            on_step(entry.path)
            _write(kept, entry, folder)
            crash.point("restore:after-file")
        sync_tree(folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupFailed("The disk is full; nothing was restored.") from error
        raise


def require_free(data: Path) -> None:
    """A restore goes only where nothing is. Raises BackupFailed that says what is in the way."""
    if _is_running(data):
        raise BackupFailed(
            f"A tower runs on {data}.", advice="Stop it; then restore into an empty folder."
        )
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BackupFailed(
            f"{data} is not empty; a restore never writes over anything.",
            advice="Move that folder away, or choose another one with --data.",
        )


def _is_running(data: Path) -> bool:
    try:
        with (data / "run" / "up.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False


def _write(kept: Kept, entry: Entry, folder: Path) -> None:
    inside = PurePosixPath(entry.path)
    if inside.is_absolute() or ".." in inside.parts:
        raise StoreDamaged(f"{kept.path}: {entry.path!r} would lie outside the data folder.")
    try:
        with kept.open(entry.path) as file:
            written = copy_stream(file, folder / entry.path)
    except FileNotFoundError as error:
        raise _damaged(kept, f"{entry.path} is missing") from error
    if written != (entry.sha256, entry.size_bytes):
        raise _damaged(kept, f"{entry.path} is not what was written")


def _damaged(kept: Kept, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{kept.path}: {what}; nothing was restored.",
        advice="Take an earlier backup; `hinomi backup check` tells which are whole.",
    )


def _require_known(contents: Contents) -> None:
    for path, store in _STORES.items():
        found, known = contents.schemas.get(path, 0), newest_schema(store)
        if found > known:
            raise BackupFailed(
                f"The backup was made by hinomi {contents.hinomi}: its {store} store has schema"
                f" {found}, this one knows up to {known}.",
                advice=f"Restore it with hinomi {contents.hinomi} or newer.",
            )
