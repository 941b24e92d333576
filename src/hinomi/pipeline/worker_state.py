"""Does the worker keep up, and is what it wrote whole? For /readyz and /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import PARTITIONS
from hinomi.store.database import is_made
from hinomi.store.log import open_reader
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from hinomi.store.pipeline_rows import Offsets

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

BEHIND_AFTER = timedelta(minutes=1)  # detection is promised within half a second


@dataclass(frozen=True, slots=True)
class Backlog:
    """Records in the log that have no findings yet; `oldest` is the first one's receive time."""

    records: int
    oldest: datetime | None


def read_backlog(data: Path) -> Backlog:
    """Cheap enough for each request: counts by offsets, opens one chunk."""
    detected = _detected(data)
    log = open_reader(data / "log")
    try:
        waiting = sum(max(0, end - detected[p]) for p, end in log.ends().items())
        if not waiting:
            return Backlog(0, None)
        first = next(log.read(offsets=detected, limit=1), None)
        return Backlog(waiting, first.records[0].record.receive_time if first else None)
    finally:
        log.close()


def worker_troubles(data: Path, *, now: datetime) -> list[str]:
    """Sentences for the operator; empty when all is well."""
    troubles = []
    backlog = read_backlog(data)
    if backlog.oldest is not None and now - backlog.oldest > BEHIND_AFTER:
        behind = int((now - backlog.oldest).total_seconds())
        troubles.append(f"The worker is {behind} s behind; {backlog.records} records wait.")
    damaged = _damaged(data)
    if damaged:
        troubles.append(
            f"{len(damaged)} files of the lake were torn and lie in {data / 'lake' / 'quarantine'}."
        )
    return troubles


def _detected(data: Path) -> dict[int, int]:
    known: dict[int, Offsets] = {}
    if is_made(data / FILE_NAME):
        with PipelineReader(data / FILE_NAME) as reader:
            known = reader.offsets()
    return {p: known.get(p, Offsets()).detect for p in range(PARTITIONS)}


def _damaged(data: Path) -> list[str]:
    if not is_made(data / FILE_NAME):
        return []
    with PipelineReader(data / FILE_NAME) as reader:
        return reader.damaged_files()
