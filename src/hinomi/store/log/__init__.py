"""The log, written by collect, read by any process: segments of group commits, or on a server."""

from __future__ import annotations

from hinomi.store.log.place import LogReader, LogWriter, open_reader, open_writer, retire
from hinomi.store.log.reader import SqliteLogReader
from hinomi.store.log.retire import retire_segments
from hinomi.store.log.writer import SqliteLogWriter

__all__ = [
    "LogReader",
    "LogWriter",
    "SqliteLogReader",
    "SqliteLogWriter",
    "open_reader",
    "open_writer",
    "retire",
    "retire_segments",
]
