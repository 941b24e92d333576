"""The log where the stores are on a server: rows instead of segments, with the same promises.

Offsets come from a row of their own in the transaction of the records, so they have no gap, also
with two writers by mistake. A transaction is an fsync of the server: when it is committed the
records are durable.
"""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import StoreDamaged
from hinomi.core.ids import PARTITIONS
from hinomi.core.transport import Chunk
from hinomi.store.database import connect
from hinomi.store.log.answers import KEPT as ANSWERS_KEPT
from hinomi.store.log.answers import find_answer, insert_answers
from hinomi.store.log.chunks import by_partition, checksum, microseconds, pack, unpack
from hinomi.store.log.segments import QUARANTINE
from hinomi.store.sqlite import DatabaseError, migrate, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

NAME = "log.sqlite"  # the schema is named after it; there is no such file
SEGMENT = "server"
_HEAD = "INSERT INTO heads VALUES (?, 1) ON CONFLICT DO NOTHING"
_NEXT = "UPDATE heads SET next_offset = next_offset + ? WHERE partition = ? RETURNING next_offset"
_CHUNK = (
    "INSERT INTO chunks (partition, first_offset, last_offset, payload, checksum)"
    " VALUES (?, ?, ?, ?, ?)"
)
_PLACES_AT_ONCE = 500
logger = logging.getLogger(__name__)


class ServerLogWriter:
    """The write end for DATA/log's folder. Only one thread may call at a time."""

    def __init__(self, folder: Path) -> None:
        self._connection = connect(folder.parent / NAME)
        migrate(self._connection, store="server_log")
        with transaction(self._connection) as db:
            db.executemany(_HEAD, [(partition,) for partition in range(PARTITIONS)])

    @property
    def segment(self) -> str:
        """There is one."""
        return SEGMENT

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """Make records and answers durable together; OSError when the server cannot take them."""
        try:
            with transaction(self._connection):
                for partition, part in by_partition(records):
                    self._insert(partition, part)
                insert_answers(self._connection, answers)
                crash.point("collect:before-commit")
        except DatabaseError as error:
            raise OSError(errno.ENOSPC, f"the log cannot be written: {error}") from error

    def answer(self, *, source: str, key: str, now: datetime) -> KeyedAnswer | None:
        """The answer given within the last 72 h."""
        return find_answer(self._connection, source=source, key=key, now=now)

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()

    def _insert(self, partition: int, part: Sequence[RawRecord]) -> None:
        following = self._connection.execute(_NEXT, (len(part), partition)).fetchone()[0]
        first, last = following - len(part), following - 1
        payload = pack(part)
        proof = checksum(payload, partition=partition, first_offset=first, last_offset=last)
        self._connection.execute(_CHUNK, (partition, first, last, payload, proof))


class ServerLogReader:
    """The read end; any process. Not for use by two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = connect(folder.parent / NAME)
        migrate(self._connection, store="server_log")
        self._bad: set[int] = set()  # chunks already reported

    def read(self, *, offsets: Mapping[int, int], limit: int) -> Iterator[Chunk]:
        """Chunks of the partitions in `offsets`, in order of commit, until `limit` is passed."""
        reached = dict(offsets)
        count = 0
        for chunk_id, partition, last in self._places(offsets):
            if last <= reached[partition]:
                continue
            chunk = self._chunk(chunk_id, after=reached[partition])
            if chunk is None:
                continue
            reached[partition] = last
            yield chunk
            count += len(chunk.records)
            if count >= limit:
                return

    def ends(self) -> dict[int, int]:
        """partition → last offset written (0: none)."""
        rows = self._connection.execute("SELECT partition, next_offset - 1 FROM heads")
        return dict(rows.fetchall())

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()

    def _places(self, offsets: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
        """(chunk id, partition, last offset), page by page; payloads are not touched yet.

        Only partitions that have something new are asked for: most looks find none, and a search
        for all of them would walk a day of chunks.
        """
        ends = self.ends()
        behind = {part: seen for part, seen in offsets.items() if ends.get(part, 0) > seen}
        if not behind:
            return
        wanted = " OR ".join(["(partition = ? AND last_offset > ?)"] * len(behind))
        query = (
            f"SELECT id, partition, last_offset FROM chunks WHERE id > ? AND ({wanted})"  # noqa: S608
            f" ORDER BY id LIMIT {_PLACES_AT_ONCE}"
        )
        values = [value for pair in behind.items() for value in pair]
        after = 0
        while rows := self._connection.execute(query, (after, *values)).fetchall():
            yield from rows
            after = rows[-1][0]

    def _chunk(self, chunk_id: int, *, after: int) -> Chunk | None:
        row = self._connection.execute(
            "SELECT partition, first_offset, last_offset, payload, checksum FROM chunks"
            " WHERE id = ?",
            (chunk_id,),
        ).fetchone()
        if row is None or chunk_id in self._bad:
            return None
        partition, first, last, payload, proof = row
        try:
            wanted = checksum(payload, partition=partition, first_offset=first, last_offset=last)
            if wanted != proof:
                raise StoreDamaged("its checksum is wrong")
            records = unpack(payload, partition=partition, first_offset=first)
        except StoreDamaged as error:
            self._report(chunk_id, payload, error)
            return None
        fresh = tuple(logged for logged in records if logged.offset > after)
        return Chunk(partition=partition, segment=SEGMENT, records=fresh)

    def _report(self, chunk_id: int, payload: bytes, error: StoreDamaged) -> None:
        self._bad.add(chunk_id)
        aside = self._folder / QUARANTINE
        aside.mkdir(parents=True, exist_ok=True)
        copy = aside / f"{SEGMENT}-chunk-{chunk_id}.bin"
        copy.write_bytes(payload)
        logger.error("log chunk %d: %s; kept as %s", chunk_id, error, copy)


def retire_chunks(
    folder: Path, *, consumed: Mapping[int, int], now: datetime, kept: timedelta
) -> list[str]:
    """Delete what both offsets passed `kept` ago, and old answers; says what it deleted."""
    connection = connect(folder.parent / NAME)
    try:
        with transaction(connection) as db:
            db.executemany(
                "UPDATE chunks SET consumed_us = ? WHERE partition = ? AND last_offset <= ?"
                " AND consumed_us IS NULL",
                [(microseconds(now), *place) for place in consumed.items()],
            )
            due = (microseconds(now - kept),)
            gone = db.execute("DELETE FROM chunks WHERE consumed_us <= ?", due).rowcount
            old = (microseconds(now - ANSWERS_KEPT),)
            db.execute("DELETE FROM answers WHERE at_us < ?", old)
    finally:
        connection.close()
    return [f"{gone} chunks"] if gone else []
