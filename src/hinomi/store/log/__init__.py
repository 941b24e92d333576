"""The embedded log: segments of group commits, written by collect, read by any process."""

from __future__ import annotations

from hinomi.store.log.reader import SqliteLogReader
from hinomi.store.log.retire import retire_segments
from hinomi.store.log.writer import SqliteLogWriter

__all__ = ["SqliteLogReader", "SqliteLogWriter", "retire_segments"]
