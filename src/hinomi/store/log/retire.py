"""Deleting segments: only whole, only sealed, only 24 h after both offsets have passed them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.errors import StoreDamaged
from hinomi.core.ids import PARTITIONS
from hinomi.store.log.chunks import microseconds
from hinomi.store.log.reader import SqliteLogReader
from hinomi.store.log.segments import (
    get_state,
    opened,
    remove_database,
    segment_numbers,
    segment_path,
    set_state,
    sync_folder,
)
from hinomi.store.sqlite import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

KEPT = timedelta(hours=24)
logger = logging.getLogger(__name__)


def retire_segments(
    folder: Path, *, consumed: Mapping[int, int], now: datetime, kept: timedelta = KEPT
) -> list[str]:
    """Delete what is due and return the file names. Only collect may call this.

    `consumed`: partition → the smaller of its two offsets; a partition that is missing counts as
    not read at all. The 24 h run from the first call that finds the segment consumed.
    """
    removed = []
    for number in segment_numbers(folder)[:-1]:  # the newest is alive
        try:
            is_due = _is_due(folder, number, consumed=consumed, now=now, kept=kept)
        except (StoreDamaged, DatabaseError) as error:
            logger.warning("log segment %d cannot be judged, so it stays: %s", number, error)
            continue
        if is_due:
            remove_database(segment_path(folder, number))
            removed.append(segment_path(folder, number).name)
    if removed:
        sync_folder(folder)
    return removed


def _is_due(
    folder: Path, number: int, *, consumed: Mapping[int, int], now: datetime, kept: timedelta
) -> bool:
    with opened(segment_path(folder, number)) as segment:
        if get_state(segment, "sealed_us") is None or not get_state(segment, "answers_moved"):
            return False
        since = get_state(segment, "consumed_us")
        if since is None:
            if _has_unread(folder, number, consumed=consumed):
                return False
            set_state(segment, "consumed_us", microseconds(now))
            since = microseconds(now)
        return microseconds(now - kept) >= since


def _has_unread(folder: Path, number: int, *, consumed: Mapping[int, int]) -> bool:
    """Asks the reader, so that a chunk nobody can read does not keep its segment for ever."""
    reader = SqliteLogReader(folder)
    everywhere = {partition: consumed.get(partition, 0) for partition in range(PARTITIONS)}
    name = segment_path(folder, number).name
    try:
        for chunk in reader.read(offsets=everywhere, limit=1):
            return chunk.segment <= name
    finally:
        reader.close()
    return False
