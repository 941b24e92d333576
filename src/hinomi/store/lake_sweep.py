"""The lake's tidying by the worker: torn files into quarantine, unlisted and expired files away.

A simple first version: a file goes when all of it is past retention. Rewriting files so that one
company can go alone (compaction) is a later issue; until then the read side leaves it out.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.columns.parquet import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from hinomi.store.pipeline_rows import ManifestRow
    from hinomi.store.pipeline_writer import PipelineWriter

UNLISTED_AFTER_S = 3600.0
QUARANTINE = "quarantine"
DEFAULT_RETENTION_DAYS = 90
logger = logging.getLogger(__name__)


def sweep_unlisted(folder: Path, *, listed: set[str], machine_time: float) -> list[str]:
    """Delete files the manifest does not name once they are an hour old.

    `machine_time` is the machine's own epoch time, as file times are, also in a rehearsal.
    """
    swept = []
    for path in (*folder.glob("*/*.parquet"), *folder.glob("*/*.tmp")):
        name = path.relative_to(folder).as_posix()
        if name in listed or path.parent.name == QUARANTINE:
            continue
        if machine_time - path.stat().st_mtime > UNLISTED_AFTER_S:
            path.unlink(missing_ok=True)
            swept.append(name)
    return sorted(swept)


def quarantine_torn(folder: Path, *, store: PipelineWriter, files: Iterable[str]) -> list[str]:
    """Move listed files that are missing or torn aside and mark their rows; returns their names."""
    torn = [name for name in files if not is_whole(folder / name)]
    if not torn:
        return []
    store.mark_damaged(torn)
    (folder / QUARANTINE).mkdir(exist_ok=True)
    for name in torn:
        logger.error("lake file %s is torn; moved to quarantine", name)
        if (folder / name).exists():
            (folder / name).replace(folder / QUARANTINE / name.replace("/", "_"))
    return torn


def expired_files(
    rows: Iterable[ManifestRow],
    *,
    retention_days: Mapping[str, int],
    today: date,
    shape_days: Mapping[tuple[str, str], int] | None = None,
) -> list[str]:
    """Files of which no organisation may keep anything any more. `shape_days`: fewer days that an
    organisation agreed to for a shape."""
    kept: dict[str, bool] = {}
    for row in rows:
        days = retention_days.get(row.organisation, DEFAULT_RETENTION_DAYS)
        if shape_days:
            days = min(days, shape_days.get((row.organisation, row.shape), days))
        is_kept = row.receive_day >= today - timedelta(days=days)
        kept[row.file] = kept.get(row.file, False) or is_kept
    return sorted(file for file, is_kept in kept.items() if not is_kept)


def delete_files(folder: Path, *, store: PipelineWriter, files: list[str]) -> None:
    """Unlist first: a kill in between leaves a file nobody reads, which is swept later."""
    store.unlist_files(files)
    for name in files:
        (folder / name).unlink(missing_ok=True)
