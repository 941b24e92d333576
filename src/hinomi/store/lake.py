"""The lake's read end: DuckDB in memory over the files the manifest lists, always one organisation.

Any process may read while the worker writes. A file that turns out torn is reported and left out,
the rest is answered. Not here: records that are still only in the log (pipeline/reader).
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import duckdb

from hinomi.columns.batch import record_of
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import Event, SetAside
    from hinomi.store.pipeline import PipelineReader
    from hinomi.store.pipeline_rows import ManifestRow

    Record = Event | SetAside

MEMORY_LIMIT = "96MB"
TIME_LIMIT_S = 10.0
# Newest files first; a page is usually full before the second group is opened.
_FILES_PER_QUERY = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = (  # every native value, one searchable text per row; raw bytes have no one encoding
    "lower(concat_ws(chr(31), *COLUMNS('^([^_].*|_event_id|_device|_user)$'),"
    " array_to_string(map_values(_rest), chr(31))))"
)
_ROW = (
    "SELECT * REPLACE (epoch_us(_event_time) AS _event_time, epoch_us(_receive_time) AS"
    " _receive_time) FROM read_parquet(?) WHERE _organisation = ? AND _event_id IN"
    " (SELECT unnest(?::VARCHAR[]))"
)
_OUR_FAULT = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
logger = logging.getLogger(__name__)


class LakeTooSlow(HinomiError):
    """A query passed its time or memory limit and was stopped."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the next page begins after this event, newest first."""

    event_time: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Query:
    """What to show of one organisation. `since` is included, `until` is not; both are event times.

    `received_from` leaves out receive days past retention, `shape_from` ((shape, day) pairs) those
    past what the company agreed to for a shape. `search` ignores case and looks at all
    native values.
    """

    organisation: str
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""
    search: str = ""
    received_from: date | None = None
    shape_from: tuple[tuple[str, date], ...] = ()
    limit: int = 100
    after: Position | None = None


class Lake:
    """One DuckDB in memory; one query at a time, the others wait. Safe for threads."""

    def __init__(
        self,
        folder: Path,
        *,
        memory_limit: str = MEMORY_LIMIT,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        """`folder` is DATA/lake."""
        self._folder = folder
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        # No extension is loaded and nothing but the listed files is opened.
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": 2,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "lock_configuration": True,
        }
        self._database = duckdb.connect(":memory:", config=settings)
        self.torn: set[str] = set()

    def close(self) -> None:
        """Release the memory."""
        self._database.close()

    def records(self, query: Query, *, manifest: PipelineReader) -> list[Record]:
        """The organisation's records, newest event first, at most `query.limit`."""
        files = manifest.manifest(
            query.organisation,
            since=query.since,
            until=_until(query),
            received_from=query.received_from,
        )
        oldest = dict(query.shape_from)
        files = [row for row in files if row.receive_day >= oldest.get(row.shape, date.min)]
        found: list[tuple[datetime, str, str]] = []
        end = time.monotonic() + self._time_limit_s
        for start in range(0, len(files), _FILES_PER_QUERY):
            group = files[start : start + _FILES_PER_QUERY]
            if len(found) >= query.limit and found[-1][0] > group[0].max_event_time:
                break
            if time.monotonic() > end:
                raise self._too_slow()
            found += self._find(query, group)
            found = sorted(found, reverse=True)[: query.limit]
        return self._fetch(query.organisation, found, files=files)

    def record(
        self, organisation: str, event_id: str, *, manifest: PipelineReader
    ) -> Record | None:
        """One record of the organisation; None when it has none of that id."""
        for files in _by_shape(manifest.manifest(organisation)).values():
            rows = self._rows(_ROW, files, organisation, [event_id])
            if rows:
                return record_of(rows[0], shape=files[0].shape)
        return None

    def count(self, organisation: str, *, manifest: PipelineReader) -> int:
        """How many records the listed files hold of the organisation."""
        return sum(row.records for row in manifest.manifest(organisation))

    def _find(self, query: Query, files: Sequence[ManifestRow]) -> list[tuple[datetime, str, str]]:
        """(event time, event id, file) of the newest hits in these files."""
        where, values = _conditions(query)
        rows = self._rows(
            "SELECT epoch_us(_event_time) AS moment, _event_id, filename FROM"  # noqa: S608
            f" read_parquet(?, union_by_name = true, filename = true) WHERE {where}"
            " ORDER BY _event_time DESC, _event_id DESC LIMIT ?",
            files,
            *values,
            query.limit,
        )
        return [
            (
                _EPOCH + timedelta(microseconds=cast("int", row["moment"])),
                str(row["_event_id"]),
                str(row["filename"]),
            )
            for row in rows
        ]

    def _fetch(
        self,
        organisation: str,
        found: Sequence[tuple[datetime, str, str]],
        *,
        files: Sequence[ManifestRow],
    ) -> list[Record]:
        """The whole records, in the order found. File by file: each shape has its own columns."""
        by_path = {str(self._folder / row.file): row for row in files}
        wanted: dict[str, list[str]] = {}
        for _, event_id, path in found:
            wanted.setdefault(path, []).append(event_id)
        records = {
            str(row["_event_id"]): record_of(row, shape=by_path[path].shape)
            for path, ids in wanted.items()
            for row in self._rows(_ROW, [by_path[path]], organisation, ids)
        }
        return [records[event_id] for _, event_id, _ in found if event_id in records]

    def _rows(
        self, statement: str, files: Sequence[ManifestRow], *values: object
    ) -> list[dict[str, object]]:
        """Run over these files; when one is torn, find it, leave it out and run again."""
        present = [row for row in files if row.file not in self.torn]
        try:
            return self._run(statement, present, *values)
        except _OUR_FAULT:
            raise
        except duckdb.Error:  # damaged pages raise it bare, so its children do not tell
            whole = [row for row in present if self._answers(statement, row, *values)]
            return self._run(statement, whole, *values)

    def _answers(self, statement: str, row: ManifestRow, *values: object) -> bool:
        try:
            self._run(statement, [row], *values)
        except duckdb.Error as error:
            self.torn.add(row.file)
            if (self._folder / row.file).exists():  # else it expired while we were asking
                logger.error("lake file %s is torn and is left out: %s", row.file, error)
            return False
        return True

    def _run(
        self, statement: str, files: Sequence[ManifestRow], *values: object
    ) -> list[dict[str, object]]:
        if not files:
            return []
        paths = [str(self._folder / row.file) for row in files]
        with self._lock, self._limit():
            cursor = self._database.execute(statement, [paths, *values])
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def _limit(self) -> Iterator[None]:
        timer = threading.Timer(self._time_limit_s, self._database.interrupt)
        timer.start()
        try:
            yield
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise self._too_slow() from error
        finally:
            timer.cancel()

    def _too_slow(self) -> LakeTooSlow:
        return LakeTooSlow(
            f"The search needed more than {self._time_limit_s:.0f} s or {MEMORY_LIMIT} and was"
            " stopped.",
            advice="Choose a shorter period or one source.",
        )


def _until(query: Query) -> datetime | None:
    """Files that begin after the last page's end hold nothing for the next page."""
    if query.after is None:
        return query.until
    end = query.after.event_time + timedelta(microseconds=1)
    return min(end, query.until) if query.until else end


def _conditions(query: Query) -> tuple[str, list[object]]:
    where, values = ["_organisation = ?"], cast("list[object]", [query.organisation])
    table: tuple[tuple[str, tuple[object, ...] | None], ...] = (
        ("_event_time >= ?", (query.since,) if query.since else None),
        ("_event_time < ?", (query.until,) if query.until else None),
        ("_source = ?", (query.source,) if query.source else None),
        (f"contains({_TEXT}, ?)", (query.search.lower(),) if query.search else None),
        (
            "_receive_time >= ?",
            (datetime.combine(query.received_from, datetime.min.time(), UTC),)
            if query.received_from
            else None,
        ),
        (
            "(_event_time < ? OR (_event_time = ? AND _event_id < ?))",
            (query.after.event_time, query.after.event_time, query.after.event_id)
            if query.after
            else None,
        ),
    )
    for clause, bound in table:
        if bound is not None:
            where.append(clause)
            values += bound
    return " AND ".join(where), values


def _by_shape(files: Sequence[ManifestRow]) -> dict[str, list[ManifestRow]]:
    shapes: dict[str, list[ManifestRow]] = {}
    for row in files:
        shapes.setdefault(row.shape, []).append(row)
    return shapes
