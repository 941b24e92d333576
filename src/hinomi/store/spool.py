"""The disk spool of the relay and the agent: durable before it counts, bounded, oldest out first.

The standard library's sqlite3 in one process, with a rollback journal: what runs at a customer's
place brings no other SQLite. A batch is frozen before it is sent, so that a repeat after a crash
has the same key and the same bytes; records of a frozen batch are never dropped.
"""

from __future__ import annotations

import errno
import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.core import crash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

FILE = "spool.sqlite"
ROW_BYTES = 64  # what a record costs beside its raw
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ASIDE = ".damaged"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, heard_us INTEGER NOT NULL,
  peer TEXT NOT NULL, fault TEXT NOT NULL, raw BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS frozen (
  one INTEGER PRIMARY KEY CHECK (one = 1), first INTEGER NOT NULL, last INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT
"""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One record that waits. `fault` is what was wrong with its frame, "" when nothing was."""

    source: str
    heard_at: datetime
    peer: str
    fault: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent next, the same until `Spool.sent`. `key` is its Idempotency-Key."""

    key: str
    first: int
    last: int
    records: tuple[Spooled, ...]


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What waits now. `dropped` counts records lost because the spool was full, since it was made;
    `damaged` how often a spool file was unreadable and set aside."""

    records: int
    size_bytes: int
    oldest_at: datetime | None
    dropped: int
    damaged: int


class Spool:
    """Open (or make) the spool in `folder`; any threads may call. A `LogWriter` for listeners."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._connection = _open(folder / FILE)
        self._name = self._fact("name")
        self._count, self._size = self._measure()

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """Durable when it returns, all or nothing; OSError when the disk cannot take them.

        `answers` are nobody's here: what a LAN sends carries no keys.
        """
        rows = [
            (
                r.source,
                (r.receive_time - _EPOCH) // _MICROSECOND,
                r.peer,
                r.frame_fault or "",
                r.raw,
            )
            for r in records
        ]
        with self._lock:
            count, size = self._count + len(rows), self._size + sum(map(_size_of, rows))
            with self._writing():
                self._connection.executemany(
                    "INSERT INTO records (source, heard_us, peer, fault, raw)"
                    " VALUES (?, ?, ?, ?, ?)",
                    rows,
                )
                if size > self._limit:
                    gone, freed = self._drop_oldest(size - self._limit)
                    count, size = count - gone, size - freed
                crash.point("spool:before-commit")
            self._count, self._size = count, size
        crash.point("spool:after-commit")

    def answer(self, *, source: str, key: str, now: datetime) -> KeyedAnswer | None:
        """No answers are kept here."""
        return None

    def batch(self, *, most_records: int, most_bytes: int) -> Batch | None:
        """The oldest records, frozen; None when nothing waits. One record at least."""
        with self._lock:
            bounds = self._frozen()
            if bounds is None:
                last = self._last_within(most_records, most_bytes)
                if last is None:
                    return None
                first = self._number("SELECT min(n) FROM records")
                with self._writing():
                    self._connection.execute("INSERT INTO frozen VALUES (1, ?, ?)", (first, last))
                bounds = (first, last)
            return self._batch(*bounds)

    def sent(self, batch: Batch) -> None:
        """The batch is durable elsewhere: forget it here."""
        with self._lock:
            with self._writing():
                self._connection.execute(
                    "DELETE FROM records WHERE n BETWEEN ? AND ?", (batch.first, batch.last)
                )
                self._connection.execute("DELETE FROM frozen")
                crash.point("spool:before-forget")
            self._count -= len(batch.records)
            self._size -= sum(len(each.raw) + ROW_BYTES for each in batch.records)

    def thaw(self) -> None:
        """The frozen batch was certainly not taken: the next one may be cut otherwise."""
        with self._lock, self._writing():
            self._connection.execute("DELETE FROM frozen")

    def rename(self) -> None:
        """New keys from now on: somebody else uses ours (a copied folder)."""
        with self._lock:
            with self._writing():
                self._connection.execute(
                    "UPDATE facts SET value = ? WHERE name = 'name'", (secrets.randbits(62),)
                )
            self._name = self._fact("name")

    def state(self) -> SpoolState:
        """Cheap."""
        with self._lock:
            row = self._connection.execute(
                "SELECT heard_us FROM records ORDER BY n LIMIT 1"
            ).fetchone()
            return SpoolState(
                records=self._count,
                size_bytes=self._size,
                oldest_at=_moment(row[0]) if row else None,
                dropped=self._fact("dropped"),
                damaged=self._fact("damaged"),
            )

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise OSError(errno.ENOSPC, f"the spool cannot be written: {error}") from error
            raise

    def _drop_oldest(self, too_much: int) -> tuple[int, int]:
        """(records, bytes) that were dropped: the oldest that are not on their way already."""
        bounds = self._frozen()
        gone, freed, last = 0, 0, 0
        rows = self._connection.execute(
            "SELECT n, length(raw) FROM records WHERE n > ? ORDER BY n",
            (bounds[1] if bounds else 0,),
        )
        for last, length in rows:  # noqa: B007 - the last one is wanted
            gone, freed = gone + 1, freed + length + ROW_BYTES
            if freed >= too_much:
                break
        self._connection.execute(
            "DELETE FROM records WHERE n > ? AND n <= ?", (bounds[1] if bounds else 0, last)
        )
        self._connection.execute(
            "UPDATE facts SET value = value + ? WHERE name = 'dropped'", (gone,)
        )
        return gone, freed

    def _last_within(self, most_records: int, most_bytes: int) -> int | None:
        size, last = 0, None
        for number, length in self._connection.execute(
            "SELECT n, length(raw) FROM records ORDER BY n LIMIT ?", (most_records,)
        ):
            size += length
            if last is not None and size > most_bytes:
                break
            last = int(number)
        return last

    def _batch(self, first: int, last: int) -> Batch:
        rows = self._connection.execute(
            "SELECT source, heard_us, peer, fault, raw FROM records WHERE n BETWEEN ? AND ?"
            " ORDER BY n",
            (first, last),
        )
        records = tuple(Spooled(s, _moment(at), p, f, raw) for s, at, p, f, raw in rows)
        return Batch(f"relay-{self._name:x}-{first}-{last}", first, last, records)

    def _frozen(self) -> tuple[int, int] | None:
        row = self._connection.execute("SELECT first, last FROM frozen").fetchone()
        return (row[0], row[1]) if row else None

    def _measure(self) -> tuple[int, int]:
        count, size = self._connection.execute(
            "SELECT count(*), coalesce(sum(length(raw)), 0) FROM records"
        ).fetchone()
        return count, size + count * ROW_BYTES

    def _fact(self, name: str) -> int:
        return self._number("SELECT value FROM facts WHERE name = ?", name)

    def _number(self, query: str, *values: str) -> int:
        return int(self._connection.execute(query, values).fetchone()[0])


def _size_of(row: tuple[str, int, str, str, bytes]) -> int:
    return len(row[4]) + ROW_BYTES


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _open(path: Path) -> sqlite3.Connection:
    """A file that is no spool any more is kept aside, and a new one begun: listening goes on."""
    try:
        return _made(path, damaged=0)
    except sqlite3.OperationalError:
        raise  # locked, or no room: not the file's fault
    except sqlite3.DatabaseError:
        path.replace(path.with_suffix(f"{_ASIDE}-{time.time_ns()}"))
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        return _made(path, damaged=len(list(path.parent.glob(f"*{_ASIDE}-*"))))


def _made(path: Path, *, damaged: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # TRUNCATE with FULL syncs the journal's end as well: a commit survives a power cut.
        connection.execute("PRAGMA journal_mode=TRUNCATE").fetchall()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-2000")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the spool's pages do not fit together")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        facts = [("name", secrets.randbits(62)), ("dropped", 0), ("damaged", damaged)]
        connection.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", facts)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection
