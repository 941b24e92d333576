"""The log between collect and worker: what a chunk is. Adapters live in `hinomi.store`.

One chunk is one group commit for one partition. Record offsets are gapless per partition and start
at 1, so "replay from offset + 1" is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


class LogReader(Protocol):
    """The read end; any process."""

    def read(self, *, offsets: Mapping[int, int], limit: int) -> Iterator[Chunk]:
        """Chunks with records after `offsets[partition]`, oldest first, about `limit` records.

        A damaged chunk is skipped, quarantined and reported by the adapter, never raised to stop
        the rest.
        """
        ...
