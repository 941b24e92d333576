"""DATA/hunts/<id>: one folder per hunt, written by the one process that runs it.

Findings are appended and synced before the progress that counts them takes its place, so a hunt
that is killed at any moment goes on from what is certain and ends as if it had never stopped.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from hinomi.core import crash
from hinomi.core.errors import HinomiError, Place, StoreDamaged, UsageError
from hinomi.store.finding_json import decode_finding, encode_finding
from hinomi.store.hunt_rows import HuntEnd, HuntOrder, HuntPlan, HuntProgress, HuntState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from hinomi.core.findings import Finding

FOLDER = "hunts"
FINDINGS = "findings.jsonl"
HITS = "hits.jsonl"  # of rules that feed a correlation: the event's shape, a tab, the hit
HANDOVER = "handover.json"  # findings for the worker; holds the HuntProgress that says how many
_STOP = "stop"
_AT_ONCE = 100
_ID = re.compile(r"[0-9A-Z]{26}")
_Value = TypeVar("_Value")


class HuntRuns(HinomiError):
    """Another process runs this hunt at this moment."""


class HuntFolder:
    """One hunt on disk. Anybody may read it while it runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    @property
    def order(self) -> HuntOrder:
        """What was asked; never changes."""
        return self._read("order.json", HuntOrder)

    @property
    def plan(self) -> HuntPlan | None:
        """What is read; None before the first run has planned it."""
        missing = not (self.path / "plan.json").exists()
        return None if missing else self._read("plan.json", HuntPlan)

    def keep_plan(self, plan: HuntPlan) -> None:
        """Fix what is read and with what, for all runs."""
        self._write("plan.json", plan)

    @property
    def progress(self) -> HuntProgress:
        """What is done for certain."""
        missing = not (self.path / "progress.json").exists()
        return HuntProgress() if missing else self._read("progress.json", HuntProgress)

    @property
    def end(self) -> HuntEnd | None:
        """How the last run ended; None before that, also when it was killed."""
        missing = not (self.path / "end.json").exists()
        return None if missing else self._read("end.json", HuntEnd)

    @property
    def state(self) -> HuntState:
        """A run that holds no lock any more and told no end was killed: it is `stopped`."""
        if self._is_locked():
            return HuntState.RUNNING
        end = self.end
        return end.state if end else HuntState.STOPPED

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.path / _STOP).exists()

    def request_stop(self) -> None:
        """Ask the run to stop at its next look; harmless when there is none."""
        (self.path / _STOP).touch()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the hunt as its one run; raises HuntRuns when there is another."""
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise HuntRuns(f"The hunt {self.id} is running.") from error
            for left in (_STOP, "end.json"):
                (self.path / left).unlink(missing_ok=True)
            self._cut_uncertain()
            yield

    def keep(
        self,
        findings: Sequence[Finding],
        progress: HuntProgress,
        *,
        hits: Sequence[tuple[str, Finding]] = (),
    ) -> HuntProgress:
        """Make findings, hits (each with its event's shape) and progress durable, in that order;
        returns it with the new sizes."""
        size = self._append(FINDINGS, (encode_finding(each) for each in findings))
        hits_size = progress.hits_bytes
        if hits:
            hits_size = self._append(HITS, (f"{kind}\t{encode_finding(hit)}" for kind, hit in hits))
        crash.point("hunt:before-progress")
        certain = replace(progress, size_bytes=size, hits_bytes=hits_size)
        self._write("progress.json", certain)
        crash.point("hunt:after-progress")
        return certain

    def hand_on(self) -> None:
        """Leave the findings to the worker; done once, at the end."""
        self._write(HANDOVER, self.progress)

    def finish(self, end: HuntEnd) -> None:
        """Say how the run ended."""
        self._write("end.json", end)

    def findings(self) -> Iterator[Finding]:
        """What was found so far, in the order of reading. Raises StoreDamaged."""
        place, end = 0, self.progress.size_bytes
        while place < end:
            found, place = self.findings_at(place, end=end, most=_AT_ONCE)
            yield from found

    @property
    def handed_on(self) -> HuntProgress | None:
        """How much the worker may take; None when nothing is for it."""
        return self._read(HANDOVER, HuntProgress) if (self.path / HANDOVER).exists() else None

    def findings_at(self, start: int, *, end: int, most: int) -> tuple[list[Finding], int]:
        """At most `most` findings from byte `start` on, and the byte behind them."""
        found: list[Finding] = []
        with (self.path / FINDINGS).open("rb") as file:
            file.seek(start)
            while file.tell() < end and len(found) < most:
                found.append(decode_finding(file.readline()))
            return found, file.tell()

    def all_hits(self) -> Iterator[tuple[int, str, Finding]]:
        """Place, shape and hit of all that feeds correlations. Raises StoreDamaged."""
        end = self.progress.hits_bytes
        if not end:
            return
        with (self.path / HITS).open("rb") as file:
            while (place := file.tell()) < end:
                yield place, *_hit(file.readline())

    @contextmanager
    def hits(self) -> Iterator[Callable[[int], tuple[str, Finding]]]:
        """Gives a function: the hit at a place, with its shape."""
        with (self.path / HITS).open("rb") as file:

            def read(place: int) -> tuple[str, Finding]:
                file.seek(place)
                return _hit(file.readline())

            yield read

    def delete(self) -> None:
        """Remove it with all it found; raises HuntRuns while it runs."""
        if self._is_locked():
            raise HuntRuns(
                f"The hunt {self.id} is running.", advice=f"First `hinomi hunt cancel {self.id}`."
            )
        shutil.rmtree(self.path)

    def _append(self, name: str, lines: Iterable[str]) -> int:
        """The size of the file then; the lines are on the disk."""
        with (self.path / name).open("ab") as file:
            file.writelines(line.encode() + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def _cut_uncertain(self) -> None:
        progress = self.progress
        for name, size in ((FINDINGS, progress.size_bytes), (HITS, progress.hits_bytes)):
            path = self.path / name
            with path.open("ab"):
                os.truncate(path, size)

    def _is_locked(self) -> bool:
        try:
            with (self.path / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def _read(self, name: str, kind: type[_Value]) -> _Value:
        try:
            return msgspec.json.decode((self.path / name).read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreDamaged(
                f"this hunt cannot be read: {error}",
                place=Place(str(self.path / name)),
                advice=f"Delete it with `hinomi hunt delete {self.id}` and start anew.",
            ) from error

    def _write(self, name: str, value: object) -> None:
        _write_whole(self.path / name, msgspec.json.encode(value))


def new_hunt(order: HuntOrder, *, data: Path) -> HuntFolder:
    """Make the folder of a hunt; it appears whole or not at all."""
    aside = data / FOLDER / f".{order.id}"
    aside.mkdir(parents=True, mode=0o700)
    _write_whole(aside / "order.json", msgspec.json.encode(order))
    return HuntFolder(aside.rename(data / FOLDER / order.id))


def hunt_named(hunt_id: str, *, data: Path) -> HuntFolder:
    """Raises UsageError when there is no such hunt; an id can never lead out of the folder."""
    path = data / FOLDER / hunt_id.upper()
    if not _ID.fullmatch(hunt_id.upper()) or not path.is_dir():
        raise UsageError(f"There is no hunt {hunt_id!r}.", advice="See `hinomi hunt list`.")
    return HuntFolder(path)


def all_hunts(data: Path) -> list[HuntFolder]:
    """Newest first; ids begin with the time."""
    folder = data / FOLDER
    found = (
        (path for path in folder.iterdir() if _ID.fullmatch(path.name)) if folder.is_dir() else ()
    )
    return [HuntFolder(path) for path in sorted(found, reverse=True)]


def _hit(line: bytes) -> tuple[str, Finding]:
    shape, _, body = line.partition(b"\t")
    return shape.decode(), decode_finding(body)


def _write_whole(path: Path, body: bytes) -> None:
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
