"""The lake's write end: records gather in memory, then become one file per receive-day and shape.

All buffers are written together, because a partition's lake offset may only pass records that are
in listed files. What is gathered and not yet written is still in the log: a kill loses nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.columns.batch import shape_of, to_table
from hinomi.columns.parquet import write_parquet
from hinomi.core.ids import ulid
from hinomi.core.records import Event
from hinomi.store.pipeline_rows import LakeWork, ManifestRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from hinomi.core.records import SetAside

    Record = Event | SetAside

# Python objects cost about five times their columns, so they are turned into columns early.
_PENDING_ROWS = 2_000
_PENDING_BYTES = 2 << 20
FULL_BYTES = 40 << 20  # of columns; keeps the worker small when records are large


@dataclass(slots=True)
class _Span:
    """What the manifest says of one organisation in one file."""

    records: int
    event_times: list[datetime]  # [earliest, latest]
    receive_times: list[datetime]

    def add(self, *, event_time: datetime, receive_time: datetime) -> None:
        self.records += 1
        for span, moment in (
            (self.event_times, event_time),
            (self.receive_times, receive_time),
        ):
            span[0], span[1] = min(span[0], moment), max(span[1], moment)


@dataclass(slots=True)
class _Growing:
    """The file-to-be of one receive-day and shape."""

    tables: list[pa.Table] = field(default_factory=list)
    pending: list[Record] = field(default_factory=list)
    pending_bytes: int = 0
    spans: dict[str, _Span] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        self.pending.append(record)
        self.pending_bytes += len(record.raw)
        event_time = record.event_time if isinstance(record, Event) else record.receive_time
        span = self.spans.get(record.organisation)
        if span is None:
            received = record.receive_time
            span = _Span(0, [event_time, event_time], [received, received])
            self.spans[record.organisation] = span
        span.add(event_time=event_time, receive_time=record.receive_time)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything gathered so far, ready to be written; `offsets` is what it covers."""

    files: Mapping[tuple[date, str], _Growing]
    offsets: Mapping[int, int]
    declared: Callable[[str], Sequence[str]]


class LakeBuffer:
    """Gathers records until `rows` or `seconds` (monotonic) are reached. One thread."""

    def __init__(
        self, *, declared: Callable[[str], Sequence[str]], rows: int = 50_000, seconds: float = 60
    ) -> None:
        """`declared(shape)` names the fields that are columns of that shape's files."""
        self._declared = declared
        self._rows_limit, self._seconds_limit = rows, seconds
        self._clear()

    def _clear(self) -> None:
        self._files: defaultdict[tuple[date, str], _Growing] = defaultdict(_Growing)
        self._offsets: dict[int, int] = {}
        self._bytes = 0
        self._began: float | None = None
        self.rows = 0

    def add(
        self, records: Sequence[Record], *, offsets: Mapping[int, int], monotonic: float
    ) -> None:
        """Records of a batch and the last offset of each partition in it."""
        for record in records:
            key = (record.receive_time.date(), shape_of(record))
            growing = self._files[key]
            growing.add(record)
            if len(growing.pending) >= _PENDING_ROWS or growing.pending_bytes >= _PENDING_BYTES:
                self._bytes += _settle(growing, shape=key[1], declared=self._declared)
        self.rows += len(records)
        self._offsets.update(offsets)
        if self._began is None:
            self._began = monotonic

    @property
    def is_full(self) -> bool:
        """Whether no more should be gathered before this is written."""
        return self.rows >= self._rows_limit or self._bytes >= FULL_BYTES

    def is_due(self, *, monotonic: float) -> bool:
        """Whether it is time to write."""
        if self._began is None:
            return False
        return self.is_full or monotonic - self._began >= self._seconds_limit

    def take(self) -> Bundle:
        """Hand over what is gathered and start anew."""
        bundle = Bundle(dict(self._files), self._offsets, self._declared)
        self._clear()
        return bundle


def write_bundle(bundle: Bundle, *, folder: Path, now: datetime) -> LakeWork:
    """Write the files of a bundle under DATA/lake; they count once `commit_lake` has listed them.

    May run in another thread than the buffer. OSError when the disk is full: nothing of the try
    stays behind, the same bundle can be written again later.
    """
    rows: list[ManifestRow] = []
    try:
        for (day, shape), growing in sorted(bundle.files.items()):
            _settle(growing, shape=shape, declared=bundle.declared)
            name = f"{day.isoformat()}/{_safe(shape)}-{_ulid(now)}.parquet"
            write_parquet(growing.tables, folder / name)
            size = (folder / name).stat().st_size
            rows += _manifest_rows(name, day=day, shape=shape, growing=growing, size=size)
    except OSError:
        discard(LakeWork(offsets={}, files=rows), folder=folder)
        raise
    return LakeWork(offsets=bundle.offsets, files=rows)


def discard(work: LakeWork, *, folder: Path) -> None:
    """Delete files that will not be listed; else each try would fill a full disk further."""
    for name in {row.file for row in work.files}:
        (folder / name).unlink(missing_ok=True)


def _settle(growing: _Growing, *, shape: str, declared: Callable[[str], Sequence[str]]) -> int:
    """Turn pending records into columns; returns their size in bytes."""
    if not growing.pending:
        return 0
    table = to_table(growing.pending, declared=declared(shape), shape=shape)
    growing.tables.append(table)
    growing.pending, growing.pending_bytes = [], 0
    return int(table.nbytes)


def _manifest_rows(
    name: str, *, day: date, shape: str, growing: _Growing, size: int
) -> list[ManifestRow]:
    return [
        ManifestRow(
            name, organisation, shape, day, s.records, size, *s.event_times, *s.receive_times
        )
        for organisation, s in sorted(growing.spans.items())
    ]


def _safe(shape: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", shape.lower())


def _ulid(now: datetime) -> str:
    return ulid(time_ms=int(now.timestamp() * 1000))
