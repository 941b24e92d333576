"""The log between collect and worker: what a chunk is. Adapters live in `hinomi.store`.

One chunk is one group commit for one partition. Record offsets are gapless per partition and start
at 1, so "replay from offset + 1" is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hinomi.core.records import RawRecord


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """A record with its place in the log."""

    partition: int
    offset: int
    record: RawRecord


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of records of one partition, read whole. `records[0].offset` is its first offset."""

    partition: int
    segment: str
    records: tuple[LoggedRecord, ...]


class LogWriter(Protocol):
    """The write end; one process only. When `append` returns, the records are on disk."""

    def append(self, records: Sequence[RawRecord]) -> None:
        """Make the records durable (fsync), all or nothing. OSError when the disk is full."""
        ...

    def close(self) -> None:
        """Release the files."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedAnswer:
    """What a request with an Idempotency-Key was answered. `at` is aware UTC; kept 72 h.

    `body_sha256` tells a repeat from a different request that reuses the key by mistake.
    """

    source: str
    key: str
    body_sha256: bytes
    answer: bytes
    at: datetime


class AnsweringLogWriter(LogWriter, Protocol):
    """A log that remembers answers in the same transaction as the records they acknowledge."""

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """As `LogWriter.append`; the answers are durable exactly when the records are."""
        ...

    def answer(self, *, source: str, key: str, now: datetime) -> KeyedAnswer | None:
        """The answer given for this key within the last 72 h."""
        ...


class LogReader(Protocol):
    """The read end; any process."""

    def read(self, *, offsets: Mapping[int, int], limit: int) -> Iterator[Chunk]:
        """Chunks with records after `offsets[partition]`, oldest first, about `limit` records.

        A damaged chunk is skipped, quarantined and reported by the adapter, never raised to stop
        the rest.
        """
        ...
