"""DATA/rereads/<id>: what was set aside is read again by a process of its own, one folder each.

For each file of the lake that gives something the process leaves a part: the files that take its
place. The worker alone puts them in, in one transaction, so nothing is there twice or not at all;
a process that was killed begins again, and finds only what is still set aside.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - read at run time when a stored order is decoded
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import msgspec

from hinomi.core.errors import HinomiError, Place, StoreDamaged, UsageError
from hinomi.store.pipeline_rows import ManifestRow, SetAsideCount  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "rereads"
_ID = re.compile(r"[0-9A-Z]{26}")
_Value = TypeVar("_Value")
logger = logging.getLogger(__name__)


class RereadRuns(HinomiError):
    """Another process reads again at this moment."""


class RereadState(StrEnum):
    """`handing`: all is read, and the worker is still putting it in."""

    WAITING = "waiting"
    RUNNING = "running"
    HANDING = "handing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RereadOrder:
    """Whose records: of one source, or with "" of all of the company. `is_trial` only counts."""

    id: str
    ordered_at: datetime
    organisation: str
    source: str = ""
    is_trial: bool = True


@dataclass(frozen=True, slots=True)
class RereadProgress:
    """`looked` were set aside and may be read again, `readable` of them can be read now, as these
    `shapes`. `findings` are what the rules say of them, `faults` the files that were left out."""

    files: int = 0
    done: int = 0
    looked: int = 0
    readable: int = 0
    shapes: dict[str, int] = field(default_factory=dict)
    findings: int = 0
    beyond: int = 0
    faults: tuple[str, ...] = ()
    is_done: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class RereadPart:
    """`removed` is a file of the lake that holds records of so many `owners`; `files` take its
    place. `counts` are no longer set aside, `findings` are stored text."""

    removed: str
    owners: int
    files: tuple[ManifestRow, ...]
    counts: tuple[SetAsideCount, ...]
    findings: tuple[str, ...] = ()


class RereadFolder:
    """One order on disk. Anybody may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    @property
    def order(self) -> RereadOrder:
        """What was asked; never changes."""
        return self._read(self.path / "order.json", RereadOrder)

    @property
    def progress(self) -> RereadProgress:
        """How far it is."""
        path = self.path / "progress.json"
        return self._read(path, RereadProgress) if path.exists() else RereadProgress()

    def keep(self, progress: RereadProgress) -> None:
        """Say how far it is."""
        _write_whole(self.path / "progress.json", msgspec.json.encode(progress))

    @property
    def state(self) -> RereadState:
        """One whose process died waits for its turn again."""
        progress = self.progress
        if progress.trouble:
            return RereadState.FAILED
        if progress.is_done:
            return RereadState.HANDING if self.parts() else RereadState.DONE
        is_mine = _running_id(self.path.parent) == self.id
        return RereadState.RUNNING if is_mine else RereadState.WAITING

    def hand_on(self, part: RereadPart) -> None:
        """Leave a part to the worker; its files are on the disk already."""
        name = "part-" + part.removed.replace("/", "_")
        _write_whole(self.path / f"{name}.json", msgspec.json.encode(part))

    def delete(self) -> None:
        """Remove it; what the worker put in stays."""
        shutil.rmtree(self.path)

    def parts(self) -> list[Path]:
        """The parts that the worker has not put in yet."""
        return sorted(self.path.glob("part-*.json"))

    def part_at(self, path: Path) -> RereadPart:
        """Raises StoreDamaged."""
        return self._read(path, RereadPart)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold all orders as the one process that reads; raises RereadRuns when there is one."""
        with (self.path.parent / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RereadRuns(
                    "Records are being read again at this moment.", advice="Try it in a minute."
                ) from error
            os.truncate(lock.fileno(), 0)
            lock.write(self.id)
            lock.flush()
            yield

    def _read(self, path: Path, kind: type[_Value]) -> _Value:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreDamaged(
                f"this order cannot be read: {error}", place=Place(str(path))
            ) from error


def new_reread(order: RereadOrder, *, data: Path) -> RereadFolder:
    """Make the folder of an order; it appears whole or not at all."""
    aside = data / FOLDER / f".{order.id}"
    aside.mkdir(parents=True, mode=0o700)
    _write_whole(aside / "order.json", msgspec.json.encode(order))
    return RereadFolder(aside.rename(data / FOLDER / order.id))


def reread_named(reread_id: str, *, data: Path) -> RereadFolder:
    """Raises UsageError when there is no such order; an id can never lead out of the folder."""
    path = data / FOLDER / reread_id
    if not _ID.fullmatch(reread_id) or not path.is_dir():
        raise UsageError(f"There is no order {reread_id!r} to read again.")
    return RereadFolder(path)


def all_rereads(data: Path) -> list[RereadFolder]:
    """Newest first; ids begin with the time."""
    folder = data / FOLDER
    found = [path for path in folder.glob("*") if _ID.fullmatch(path.name)]
    return [RereadFolder(path) for path in sorted(found, reverse=True)]


def promised_files(data: Path) -> set[str]:
    """Files of the lake that wait to be listed; nobody may sweep them away."""
    promised: set[str] = set()
    for folder in all_rereads(data):
        for path in folder.parts():
            try:
                promised |= {row.file for row in folder.part_at(path).files}
            except StoreDamaged as error:
                logger.error("a part of what was read again is left out: %s", error)
    return promised


def _running_id(folder: Path) -> str:
    """Whose process holds the lock; "" when none does."""
    try:
        with (folder / "lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read().strip()
    except FileNotFoundError:
        pass
    return ""


def _write_whole(path: Path, body: bytes) -> None:
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
