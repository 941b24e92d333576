"""`hinomi restore`: a data folder appears whole, with its portal told that time has been lost.

Everything happens in a folder beside it; the last step is one rename. The portal's own part runs
as a process, as only the portal knows Django (portal/commands/restored).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.store.backup import BackupFailed, lay_out, require_free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hinomi.store.backup import Contents, Kept

_UNFINISHED = ".restoring-"


def restore(
    kept: Kept, data: Path, *, keys: Path | None, on_step: Callable[[str], None] = lambda _: None
) -> dict[str, object]:
    """Make `data` from a backup; returns what the portal did about the time in between.

    `keys` is the kept copy of DATA/keys; without it new keys are drawn. Raises BackupFailed or
    StoreDamaged, and then `data` is as it was.
    """
    require_free(data)
    try:
        with _folder_beside(data) as folder:
            lay_out(kept, folder / "data", on_step=on_step)
            if keys is not None:
                _copy_keys(keys, folder / "data" / "keys")
            told = _tell_portal(folder / "data", kept.contents)
            crash.point("restore:before-rename")
            (folder / "data").rename(data)
    except OSError as error:
        raise BackupFailed(
            f"{data} cannot be made: {error}", advice="Check rights and path; nothing was restored."
        ) from error
    return told


@contextmanager
def _folder_beside(data: Path) -> Iterator[Path]:
    """Removed at the end; what a killed restore left (nobody locks it) is removed at the start."""
    data.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{data.name}{_UNFINISHED}"
    for left in data.parent.glob(f"{prefix}*"):
        with _locked(left) as is_ours:
            if is_ours:
                shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=data.parent))
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _copy_keys(keys: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    try:
        found = sorted(keys.glob("*.key"))
        for key in found:
            shutil.copyfile(key, target / key.name)
            (target / key.name).chmod(0o600)
    except OSError as error:
        raise BackupFailed(f"The keys in {keys} cannot be read: {error}") from error
    if not found:
        raise BackupFailed(f"There are no keys in {keys}.", advice="Name the copy of DATA/keys.")


def _tell_portal(data: Path, contents: Contents) -> dict[str, object]:
    command = [sys.executable, "-m", "hinomi.portal.manage", "restored", "--data", str(data)]
    done = subprocess.run(
        [*command, "--taken-at", contents.taken_at.isoformat(), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(
            f"The portal cannot use the restored data:\n{done.stderr.strip()[-2000:]}",
            advice="Nothing was restored. Take an earlier backup, or the hinomi that made this.",
        )
    told: dict[str, object] = json.loads(done.stdout)
    return told
