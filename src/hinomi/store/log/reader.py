"""The read end of the embedded log: any process, any number of them, never a lock on the writer.

Damage costs only the chunk it hit: the chunk (or what is left of it) is copied to quarantine/,
reported once, and reading goes on behind it.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from hinomi.core.errors import StoreDamaged
from hinomi.core.transport import Chunk
from hinomi.store.log.chunks import checksum, unpack
from hinomi.store.log.segments import (
    QUARANTINE,
    get_state,
    next_offsets,
    segment_numbers,
    segment_path,
)
from hinomi.store.sqlite import DatabaseError, connect, is_damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from sqlite3 import Connection

# The oldest chunk that holds something new: one index probe per partition.
_FIRST = """
    SELECT min((SELECT c.id FROM chunks c
                WHERE c.partition = w.value ->> 0 AND c.last_offset > w.value ->> 1
                ORDER BY c.last_offset LIMIT 1))
    FROM json_each(?) w"""
_PLACES = "SELECT id, partition, last_offset FROM chunks WHERE id > ? ORDER BY id LIMIT 500"
_CHUNK = "SELECT partition, first_offset, last_offset, payload, checksum FROM chunks WHERE id = ?"
_SALVAGE_SPAN = 1_000_000
logger = logging.getLogger(__name__)


class SqliteLogReader:
    """Reads DATA/log. Segments stay open between calls; not for use by two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[int, Connection] = {}
        self._ends: dict[int, dict[int, int]] = {}  # sealed segment → partition → next offset
        self._bad: set[tuple[int, int]] = set()  # (segment, chunk id) already reported
        self._broken: set[int] = set()  # segments whose tables cannot be walked

    def read(self, *, offsets: Mapping[int, int], limit: int) -> Iterator[Chunk]:
        """Chunks of the partitions in `offsets`, in order of commit, until `limit` is passed."""
        reached = dict(offsets)
        count = 0
        for number in self._segments():
            if self._is_consumed(number, offsets=reached):
                continue
            for chunk in self._chunks(number, reached=reached):
                yield chunk
                count += len(chunk.records)
                if count >= limit:
                    return

    def ends(self) -> dict[int, int]:
        """partition → last offset written (0: none): how far behind a worker is."""
        for number in reversed(self._segments()):
            try:
                segment = self._connection(number)
                if segment is not None:
                    return {p: n - 1 for p, n in next_offsets(segment).items()}
            except (StoreDamaged, DatabaseError):
                continue
        return {}

    def close(self) -> None:
        """Release all segments."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _segments(self) -> list[int]:
        numbers = segment_numbers(self._folder)
        for gone in set(self._open) - set(numbers):
            self._open.pop(gone).close()
            self._ends.pop(gone, None)
        return numbers

    def _connection(self, number: int) -> Connection | None:
        """None when the segment was deleted meanwhile. StoreDamaged when it is no database."""
        if number not in self._open:
            try:
                self._open[number] = connect(segment_path(self._folder, number), read_only=True)
            except FileNotFoundError:
                return None
        return self._open[number]

    def _is_consumed(self, number: int, *, offsets: Mapping[int, int]) -> bool:
        """Spares old segments the search. Unsealed ones are always searched."""
        ends = self._ends.get(number)
        if ends is None:
            return False
        return all(ends.get(partition, 1) <= seen + 1 for partition, seen in offsets.items())

    def _chunks(self, number: int, *, reached: dict[int, int]) -> Iterator[Chunk]:
        try:
            segment = self._connection(number)
            if segment is None:
                return
            self._note_end(number, segment)
            places = self._places(number, segment, reached=reached)
        except StoreDamaged as error:
            self._report_segment(number, error)
            return
        except DatabaseError as error:
            if not is_damage(error):
                raise
            self._report_segment(number, error)
            places = self._salvaged_places(number)
        for chunk_id, partition, last in places:
            if partition not in reached or last <= reached[partition]:
                continue
            chunk = self._chunk(number, chunk_id, after=reached[partition])
            if chunk is not None:
                reached[partition] = last
                yield chunk

    def _note_end(self, number: int, segment: Connection) -> None:
        if number not in self._ends and get_state(segment, "sealed_us") is not None:
            self._ends[number] = next_offsets(segment)

    def _places(
        self, number: int, segment: Connection, *, reached: Mapping[int, int]
    ) -> Iterator[tuple[int, int, int]]:
        """(chunk id, partition, last offset); payloads are not touched yet."""
        wanted = json.dumps(list(reached.items()))
        first = segment.execute(_FIRST, (wanted,)).fetchone()[0]
        return iter(()) if first is None else self._walk(number, segment, after=int(first) - 1)

    def _walk(
        self, number: int, segment: Connection, *, after: int
    ) -> Iterator[tuple[int, int, int]]:
        """In pages, because an open cursor would show the next read a stale snapshot.

        Falls back to chunk by chunk when a page in the middle turns out damaged.
        """
        while True:
            try:
                rows = segment.execute(_PLACES, (after,)).fetchall()
            except DatabaseError as error:
                if not is_damage(error):
                    raise
                self._report_segment(number, error)
                yield from self._salvaged_places(number, after=after)
                return
            yield from rows
            if not rows:
                return
            after = int(rows[-1][0])

    def _salvaged_places(self, number: int, *, after: int = 0) -> Iterator[tuple[int, int, int]]:
        segment = self._open[number]
        missed = 0
        for chunk_id in range(after + 1, after + _SALVAGE_SPAN):
            try:
                row = segment.execute(_CHUNK, (chunk_id,)).fetchone()
            except DatabaseError as error:
                if not is_damage(error):
                    raise
                row = None
            missed = 0 if row else missed + 1
            if row:
                yield chunk_id, int(row[0]), int(row[2])
            elif missed > 1_000:  # ids have no holes: this is behind the end
                return

    def _chunk(self, number: int, chunk_id: int, *, after: int) -> Chunk | None:
        if (number, chunk_id) in self._bad:
            return None
        payload = b""
        try:
            row = self._open[number].execute(_CHUNK, (chunk_id,)).fetchone()
            partition, first, last, payload, proof = row
            if (
                checksum(payload, partition=partition, first_offset=first, last_offset=last)
                != proof
            ):
                raise StoreDamaged("its checksum is wrong")
            records = unpack(payload, partition=partition, first_offset=first)
        except (StoreDamaged, DatabaseError) as error:
            if not isinstance(error, StoreDamaged) and not is_damage(error):
                raise
            self._report_chunk(number, chunk_id, payload=payload, error=error)
            return None
        name = segment_path(self._folder, number).name
        fresh = tuple(logged for logged in records if logged.offset > after)
        return Chunk(partition=partition, segment=name, records=fresh)

    def _report_chunk(
        self, number: int, chunk_id: int, *, payload: bytes, error: Exception
    ) -> None:
        self._bad.add((number, chunk_id))
        aside = self._folder / QUARANTINE
        aside.mkdir(exist_ok=True)
        copy = aside / f"{number:08}-chunk-{chunk_id}.bin"
        copy.write_bytes(payload)
        logger.error("log segment %d, chunk %d: %s; kept as %s", number, chunk_id, error, copy)

    def _report_segment(self, number: int, error: Exception) -> None:
        if number not in self._broken:
            self._broken.add(number)
            logger.error("log segment %d is damaged, saving what can be read: %s", number, error)
