"""Takes a backup while the tower runs: the order makes the parts fit without stopping anything.

portal → pipeline → lake → directory → log → the rest (decision 0021). Each part is one moment of
its store; a later part may only know more. So the bell's cursor is never ahead of the findings, no
offset is ahead of the log, and no listed file is missing.
"""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.store.backup.contents import NAME, BackupFailed, Contents, Entry
from hinomi.store.backup.parts import PORTAL, Parts
from hinomi.store.backup.shelf import ARCHIVE, PARTIAL, KeptFolder, alone, kept_in
from hinomi.store.database import server_of
from hinomi.store.durable import sync
from hinomi.store.sqlite import DatabaseError, is_disk_trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

RESERVE_BYTES = 200 << 20  # the tower must be able to go on writing


def take_backup(
    data: Path,
    target: Path,
    *,
    now: Callable[[], datetime],
    version: str,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Path, Contents]:
    """Put a backup of `data` onto the shelf `target`, or into the one file `target`.tar.

    Returns where it is and what it holds. Raises BackupFailed (nothing half stays behind) or
    StoreDamaged.
    """
    is_archive = target.suffix == ARCHIVE
    _require_sense(data, target)
    shelf = target.parent if is_archive else target
    with alone(shelf):
        partial = shelf / f"{PARTIAL}{os.getpid()}"
        try:
            earlier = {} if is_archive else _earlier_lake(shelf)
            _require_room(data, partial, earlier=earlier)
            taking = Parts(data, partial, earlier=earlier, on_step=on_step)
            contents = taking.run(now=now, version=version)
            whole = _as_archive(partial, contents) if is_archive else partial
            name = target.name if is_archive else f"hinomi-{contents.taken_at:%Y%m%dT%H%M%S.%fZ}"
            crash.point("backup:before-rename")
            place = whole.rename(shelf / name)
            sync(shelf)
        except (OSError, DatabaseError) as error:
            raise _failure(error, shelf) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return place, contents


def _earlier_lake(shelf: Path) -> dict[str, tuple[Path, Entry]]:
    """Path in the data folder → the newest earlier copy on the shelf."""
    found: dict[str, tuple[Path, Entry]] = {}
    for kept in kept_in(shelf):
        if isinstance(kept, KeptFolder):
            for entry in kept.contents.files:
                if entry.path.startswith("lake/"):
                    found.setdefault(entry.path, (kept.path / entry.path, entry))
    return found


def _require_sense(data: Path, target: Path) -> None:
    if server_of(data):
        raise BackupFailed(
            f"The stores of {data} are in PostgreSQL, whose own tools back them up.",
            advice="First pg_dump of the database (one moment of all stores), then copy log/, lake/"
            " and the rest of the folder but keys/ and run/.",
        )
    if not (data / PORTAL).exists():
        raise BackupFailed(f"{data} holds no tower's data.", advice="Choose it with --data.")
    if data.resolve() in (target.resolve(), *target.resolve().parents):
        raise BackupFailed(
            f"{target} lies in the folder it is to protect.", advice="Choose another place, --to."
        )
    if target.is_file():
        raise BackupFailed(f"{target} is there already.", advice="Choose another name.")


def _require_room(data: Path, folder: Path, *, earlier: Mapping[str, tuple[Path, Entry]]) -> None:
    folder.mkdir(mode=0o700)
    needed = sum(
        path.stat().st_size
        for path in data.rglob("*")
        if path.is_file() and str(path.relative_to(data)) not in earlier
    )
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE_BYTES:
        raise BackupFailed(
            f"{folder.parent} has {free / 1e6:,.0f} MB free; about {needed / 1e6:,.0f} MB and a"
            f" reserve of {RESERVE_BYTES / 1e6:,.0f} MB are needed.",
            advice="Free some space or choose another place with --to.",
        )


def _as_archive(folder: Path, contents: Contents) -> Path:
    """The same as one file, `backup.json` first so that a list is quick."""
    path = folder / f"whole{ARCHIVE}"
    with tarfile.open(path, "w:") as archive:
        for name in (NAME, *(entry.path for entry in contents.files)):
            archive.add(folder / name, arcname=name)
            (folder / name).unlink()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path


def _failure(error: Exception, shelf: Path) -> BackupFailed:
    is_full = is_disk_trouble(error) or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
    said = f"The disk of {shelf} is full" if is_full else f"{error}"
    return BackupFailed(
        f"{said}; no backup was made, nothing of it was left behind.",
        advice="Free some space or choose another place with --to." if is_full else "",
    )
