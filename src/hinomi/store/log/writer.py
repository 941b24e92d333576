"""The write end of the embedded log: one process, one transaction per group commit.

A partition's offsets have no gap across segments and restarts. When the newest segment cannot be
opened its end is unknown: the offsets then jump far ahead, because using one twice would hide
records from a worker that has read past it.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import Place, StartRefused, StoreDamaged
from hinomi.core.ids import PARTITIONS
from hinomi.store.log.answers import find_answer, insert_answers, move_answers, open_answers
from hinomi.store.log.chunks import by_partition, checksum, microseconds, pack
from hinomi.store.log.segments import (
    create_segment,
    get_state,
    next_offsets,
    quarantine_segment,
    segment_numbers,
    segment_path,
    set_state,
)
from hinomi.store.sqlite import DatabaseError, connect, is_damage, is_disk_trouble, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from sqlite3 import Connection
    from typing import TextIO

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

ROTATE_BYTES = 256 * 1024 * 1024
ROTATE_S = 3600.0
LOST_END_JUMP = 1_000_000_000_000
logger = logging.getLogger(__name__)


class SqliteLogWriter:
    """Open the log in `folder` (DATA/log) for writing; StartRefused when another process has it.

    `now` gives the time for the segments' own notes. Only one thread may call at a time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rotate_bytes: int = ROTATE_BYTES,
        rotate_s: float = ROTATE_S,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._now = now
        self._rotate_bytes = rotate_bytes
        self._rotate_s = rotate_s
        self._lock = _lock(folder)
        self._answers = open_answers(folder)
        self._number = 0
        self._segment, self._next = self._open_newest()
        self._opened = time.monotonic()  # a jumping clock must not rotate
        self._bytes = self._stored_bytes()
        self._seal_older()
        if self._is_old():
            self._rotate()

    @property
    def segment(self) -> str:
        """File name of the live segment."""
        return segment_path(self._folder, self._number).name

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """Make records and answers durable together; OSError when the disk cannot take them."""
        if self._bytes >= self._rotate_bytes or self._seconds_open() >= self._rotate_s:
            self._rotate()
        following = dict(self._next)
        try:
            with transaction(self._segment):
                size = self._insert(records, following=following)
                insert_answers(self._segment, answers)
                crash.point("collect:before-commit")
        except DatabaseError as error:
            raise self._disk_error(error) from error
        self._next = following
        self._bytes += size

    def answer(self, *, source: str, key: str, now: datetime) -> KeyedAnswer | None:
        """The answer given within the last 72 h, from the live segment or the sealed ones."""
        return find_answer(self._segment, source=source, key=key, now=now) or find_answer(
            self._answers, source=source, key=key, now=now
        )

    def close(self) -> None:
        """Release the files; the live segment goes on at the next start."""
        self._segment.close()
        self._answers.close()
        self._lock.close()

    def _insert(self, records: Sequence[RawRecord], *, following: dict[int, int]) -> int:
        size = 0
        for partition, part in by_partition(records):
            first, last = following[partition], following[partition] + len(part) - 1
            payload = pack(part)
            proof = checksum(payload, partition=partition, first_offset=first, last_offset=last)
            self._segment.execute(
                "INSERT INTO chunks (partition, first_offset, last_offset, payload, checksum)"
                " VALUES (?, ?, ?, ?, ?)",
                (partition, first, last, payload, proof),
            )
            following[partition] = last + 1
            size += len(payload)
        return size

    def _disk_error(self, error: Exception) -> OSError:
        """Nothing was kept. Offsets are read again: after an I/O error only the file knows."""
        if not is_disk_trouble(error) and not is_damage(error):
            raise error
        if is_damage(error):
            logger.error("log segment %s is damaged: %s", self.segment, error)
            self._replace_damaged()
        else:
            self._next = next_offsets(self._segment)
        return OSError(errno.ENOSPC, f"the log cannot be written: {error}", str(self._folder))

    def _open_newest(self) -> tuple[Connection, dict[int, int]]:
        jump = 0
        for number in reversed(segment_numbers(self._folder)):
            self._number = max(self._number, number)
            try:
                segment, offsets = self._open(number)
            except StoreDamaged as error:
                aside = quarantine_segment(self._folder, number)
                logger.error("log segment unreadable, moved to %s: %s", aside, error)
                jump += LOST_END_JUMP
                continue
            except DatabaseError as error:
                if not is_damage(error):
                    raise
                # It stays in place: readers may still save chunks from it.
                logger.error("log segment %d is damaged: %s", number, error)
                jump += LOST_END_JUMP
                continue
            if number == self._number:
                return segment, offsets
            segment.close()
            return self._create({p: n + jump for p, n in offsets.items()})
        return self._create(dict.fromkeys(range(PARTITIONS), 1 + jump))

    def _open(self, number: int) -> tuple[Connection, dict[int, int]]:
        segment = connect(segment_path(self._folder, number))
        try:
            offsets = next_offsets(segment)
        except DatabaseError:
            segment.close()
            raise
        if len(offsets) != PARTITIONS:
            raise StartRefused(
                f"this log has {len(offsets)} partitions, this hinomi uses {PARTITIONS}.",
                place=Place(str(self._folder)),
                advice="Use the hinomi that made it; the number is fixed when a log is made.",
            )
        return segment, offsets

    def _create(self, offsets: dict[int, int]) -> tuple[Connection, dict[int, int]]:
        self._number += 1
        opened_us = microseconds(self._now())
        try:
            segment = create_segment(
                self._folder, number=self._number, next_offsets=offsets, opened_us=opened_us
            )
        except (DatabaseError, OSError) as error:
            self._number -= 1
            raise OSError(errno.ENOSPC, f"no new log segment: {error}") from error
        return segment, offsets

    def _rotate(self) -> None:
        crash.point("collect:before-rotate")
        sealed = self._segment
        self._segment, self._next = self._create(self._next)
        self._opened, self._bytes = time.monotonic(), 0
        crash.point("collect:after-rotate")
        self._seal(sealed)

    def _replace_damaged(self) -> None:
        damaged = self._segment
        self._segment, self._next = self._create(self._next)
        damaged.close()
        self._opened, self._bytes = time.monotonic(), 0

    def _seal(self, segment: Connection) -> None:
        """Trouble here never hurts the records: the next start seals again."""
        try:
            move_answers(segment, self._answers, now=self._now())
            if get_state(segment, "sealed_us") is None:
                set_state(segment, "sealed_us", microseconds(self._now()))
            segment.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except DatabaseError as error:
            logger.warning("log segment could not be sealed yet: %s", error)
        finally:
            segment.close()

    def _seal_older(self) -> None:
        for number in segment_numbers(self._folder):
            if number == self._number:
                continue
            try:
                segment = connect(segment_path(self._folder, number))
            except (StoreDamaged, DatabaseError) as error:
                logger.error("log segment %d cannot be opened: %s", number, error)
                continue
            self._seal(segment)

    def _stored_bytes(self) -> int:
        row = self._segment.execute("SELECT coalesce(sum(length(payload)), 0) FROM chunks")
        return int(row.fetchone()[0])

    def _is_old(self) -> bool:
        """At start the clock is all we have; one that ran backwards counts as young."""
        opened_us = get_state(self._segment, "opened_us") or 0
        return (microseconds(self._now()) - opened_us) / 1e6 >= self._rotate_s

    def _seconds_open(self) -> float:
        return time.monotonic() - self._opened


def _lock(folder: Path) -> TextIO:
    """Held as long as the writer lives; the kernel frees it when the process dies."""
    file = (folder / "writer.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StartRefused(
            "another collect process writes this log already.",
            place=Place(str(folder)),
            advice="Stop it first, or use another --data folder.",
        ) from error
    return file
