"""The log in memory, for tests and for commands that need no disk: same promises but durability."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import partition_of
from hinomi.core.transport import Chunk, LoggedRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer

_KEPT = timedelta(hours=72)


class MemoryLog:
    """Both ends in one object. Set `is_full` to make the disk full."""

    def __init__(self) -> None:
        self.is_full = False
        self._chunks: list[Chunk] = []
        self._next: dict[int, int] = {}
        self._answers: dict[tuple[str, str], KeyedAnswer] = {}

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """One chunk per partition."""
        if self.is_full:
            raise OSError("no space left in the memory log")
        parts: dict[int, list[LoggedRecord]] = {}
        for record in records:
            partition = partition_of(record.organisation)
            offset = self._next.get(partition, 1)
            self._next[partition] = offset + 1
            parts.setdefault(partition, []).append(
                LoggedRecord(partition=partition, offset=offset, record=record)
            )
        for partition, part in parts.items():
            self._chunks.append(Chunk(partition=partition, segment="memory", records=tuple(part)))
        self._answers.update({(answer.source, answer.key): answer for answer in answers})

    def answer(self, *, source: str, key: str, now: datetime) -> KeyedAnswer | None:
        """The answer given within the last 72 h."""
        found = self._answers.get((source, key))
        return found if found is not None and found.at >= now - _KEPT else None

    def read(self, *, offsets: Mapping[int, int], limit: int) -> Iterator[Chunk]:
        """Chunks after the offsets, in order of commit."""
        count = 0
        for chunk in list(self._chunks):
            after = offsets.get(chunk.partition)
            if after is None or chunk.records[-1].offset <= after:
                continue
            fresh = tuple(logged for logged in chunk.records if logged.offset > after)
            yield Chunk(partition=chunk.partition, segment=chunk.segment, records=fresh)
            count += len(fresh)
            if count >= limit:
                return

    def ends(self) -> dict[int, int]:
        """partition → last offset written."""
        return {partition: following - 1 for partition, following in self._next.items()}

    def close(self) -> None:
        """Nothing to release."""
