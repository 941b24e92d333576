"""Where a data folder's log is: in segments in it, or with its other stores on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.store.database import server_of
from hinomi.store.log.reader import SqliteLogReader
from hinomi.store.log.retire import KEPT, retire_segments
from hinomi.store.log.server import ServerLogReader, ServerLogWriter, retire_chunks
from hinomi.store.log.writer import SqliteLogWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

LogReader = SqliteLogReader | ServerLogReader
LogWriter = SqliteLogWriter | ServerLogWriter


def open_writer(folder: Path, *, now: Callable[[], datetime]) -> LogWriter:
    """The write end of DATA/log; one process only."""
    if server_of(folder.parent):
        return ServerLogWriter(folder)
    return SqliteLogWriter(folder, now=now)


def open_reader(folder: Path) -> LogReader:
    """The read end of DATA/log; any process."""
    return ServerLogReader(folder) if server_of(folder.parent) else SqliteLogReader(folder)


def retire(folder: Path, *, consumed: Mapping[int, int], now: datetime) -> list[str]:
    """Delete what findings and lake have both passed 24 h ago; says what. Only collect calls it."""
    if server_of(folder.parent):
        return retire_chunks(folder, consumed=consumed, now=now, kept=KEPT)
    return retire_segments(folder, consumed=consumed, now=now)
