"""A company's records as people see them: the lake, and before it what is still only in the log.

A record shows within a second or two of its arrival, long before its file is written. Read only;
used by the portal and by commands in other processes than the worker.
"""

from __future__ import annotations

import heapq
import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hinomi.core.ids import partition_of
from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise import read_sent, view, view_set_aside
from hinomi.pipeline.agreed_days import days_of
from hinomi.pipeline.learned import LearnedReader
from hinomi.pipeline.worker_engine import set_aside
from hinomi.store.database import is_made
from hinomi.store.directory import open_directory
from hinomi.store.lake import Lake, Position, Query
from hinomi.store.log import open_reader
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from hinomi.store.pipeline_rows import Offsets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from hinomi.core.clock import Clock
    from hinomi.core.directory import Organisation
    from hinomi.core.records import RawRecord

    Record = Event | SetAside

# The worker writes files at 50,000 rows or 60 s, so the tail is short; the bound is for the case
# that it has been standing still.
TAIL_ROWS = 100_000


class Records:
    """Reads one data folder; one query at a time, other threads wait. `close` it."""

    def __init__(self, data: Path, *, clock: Clock) -> None:
        """Works before the first start too: then there is nothing to read."""
        self._data, self._clock = data, clock
        self._lake = Lake(data / "lake")
        self._log = open_reader(data / "log")
        self._lock = threading.Lock()
        self._read_sent = LearnedReader(otherwise=read_sent)

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release files and memory."""
        self._lake.close()
        self._log.close()

    def newest(self, query: Query) -> list[Record]:
        """The company's records, newest event first, at most `query.limit`.

        Leaves out what is past the company's retention; nothing at all of a deleted company.
        """
        within = self._within(query)
        if within is None:
            return []
        with self._lock, PipelineReader(self._data / FILE_NAME) as pipeline:
            # The tail first: what moves into the lake meanwhile is then found twice, never missed.
            # Only a page of it is kept, whatever its length.
            tail = heapq.nlargest(query.limit, self._fitting_tail(within, pipeline), key=_order)
            kept = self._lake.records(within, manifest=pipeline)
        found = {record.event_id: record for record in (*kept, *tail)}
        return sorted(found.values(), key=_order, reverse=True)[: query.limit]

    def every(self, query: Query) -> Iterator[Record]:
        """All records that fit, newest event first; `query.limit` is only the size of a page.

        Do not read on two generators at once.
        """
        within = self._within(query)
        if within is None:
            return
        with PipelineReader(self._data / FILE_NAME) as pipeline:
            with self._lock:
                tail = sorted(self._fitting_tail(within, pipeline), key=_order, reverse=True)
            kept = self._lake_pages(within, pipeline, shown={record.event_id for record in tail})
            yield from heapq.merge(tail, kept, key=_order, reverse=True)

    def _lake_pages(
        self, query: Query, pipeline: PipelineReader, *, shown: set[str]
    ) -> Iterator[Record]:
        while page := self._lake.records(query, manifest=pipeline):
            yield from (record for record in page if record.event_id not in shown)
            query = replace(query, after=Position(*_order(page[-1])))

    def one(self, organisation: str, event_id: str) -> Record | None:
        """A record of the company by its id; None when the company has none of that id."""
        within = self._within(Query(organisation))
        if within is None:
            return None
        with self._lock, PipelineReader(self._data / FILE_NAME) as pipeline:
            for record in self._fitting_tail(within, pipeline):
                if record.event_id == event_id:
                    return record
            found = self._lake.record(organisation, event_id, manifest=pipeline)
        return found if found is not None and _fits(found, within) else None

    def _within(self, query: Query) -> Query | None:
        """The query inside the company's retention; None when there is nothing to show."""
        company = self._company(query.organisation)
        if company is not None and company.is_deleted:
            return None
        if not is_made(self._data / FILE_NAME):
            return None
        today = self._clock.now().date()
        agreed = days_of(company) if company else {}
        return replace(
            query,
            received_from=self._horizon(company),
            shape_from=tuple((shape, today - timedelta(days=n)) for shape, n in agreed.items()),
        )

    def _fitting_tail(self, query: Query, pipeline: PipelineReader) -> Iterator[Record]:
        return (r for r in self._tail(query.organisation, pipeline) if _fits(r, query))

    def _tail(self, organisation: str, pipeline: PipelineReader) -> Iterator[Record]:
        """What the worker has read (so it can be read) and not yet put into a file."""
        partition = partition_of(organisation)
        reached = pipeline.offsets().get(partition, Offsets())
        killers = pipeline.killers(partition, after=reached.lake)
        for chunk in self._log.read(offsets={partition: reached.lake}, limit=TAIL_ROWS):
            for logged in chunk.records:
                if logged.offset > reached.detect:
                    return
                if logged.record.organisation == organisation:
                    yield self._read(logged.record, killed=killers.get(logged.offset))

    def _read(self, raw: RawRecord, *, killed: str | None) -> Record:
        if killed is not None:
            return set_aside(raw, SetAsideReason.CRASHED_READER, killed)
        if raw.frame_fault is not None:
            return set_aside(raw, raw.frame_fault, raw.frame_fault.of_frame)
        return self._read_sent(raw)

    def _company(self, organisation: str) -> Organisation | None:
        with open_directory(self._data) as directory:
            loaded = directory.load()
        self._read_sent.know(loaded)
        known = {each.id: each for each in loaded.organisations}
        return known.get(organisation)

    def _horizon(self, company: Organisation | None) -> date:
        days = company.retention_days if company else 90
        return (self._clock.now() - timedelta(days=days)).date()


def original_text(record: Record) -> str:
    """The record as it came, as readable text (`event.original`)."""
    shown = view(record, "native") if isinstance(record, Event) else view_set_aside(record)
    return str(shown["event.original"])


def _event_time(record: Record) -> datetime:
    return record.event_time if isinstance(record, Event) else record.receive_time


def _order(record: Record) -> tuple[datetime, str]:
    return _event_time(record), record.event_id


def _oldest(record: Record, query: Query) -> date:
    shape = record.shape if isinstance(record, Event) else ""
    return dict(query.shape_from).get(shape, date.min)


def _fits(record: Record, query: Query) -> bool:
    """The same conditions as the lake's, for records that are not in it yet."""
    moment = _event_time(record)
    return (
        (query.since is None or moment >= query.since)
        and (query.until is None or moment < query.until)
        and (not query.source or record.source == query.source)
        and (query.received_from is None or record.receive_time.date() >= query.received_from)
        and record.receive_time.date() >= _oldest(record, query)
        and (query.after is None or _order(record) < (query.after.event_time, query.after.event_id))
        and (not query.search or query.search.lower() in _searchable(record))
    )


def _searchable(record: Record) -> str:
    if isinstance(record, SetAside):
        return f"{record.event_id}\x1f{record.detail}".lower()
    values = (record.event_id, record.device, record.user, *record.fields.values())
    return "\x1f".join(values).lower()
