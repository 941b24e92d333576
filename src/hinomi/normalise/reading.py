"""One record of a file or stream: where it stands, its bytes, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.ids import scan_event_id
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise.record import MAX_RECORD_BYTES, read_record, set_aside

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class FileRecord:
    """One record of a file. `path` names it (archive members as `outer.zip!inner`); from 1."""

    path: str
    number: int
    raw: RawRecord
    result: Event | SetAside


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file, or the rest of one, that cannot be read; `detail` says why, in a sentence."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of a run are read: the settings they share."""

    receive_time: datetime
    kind: str = "auto"
    timezone: str = "Asia/Tokyo"
    organisation: str = "-"
    source: str = "-"


def record_of_line(
    path: str,
    number: int,
    identity: str,
    line: bytes,
    reading: Reading,
    *,
    is_cut: bool = False,
) -> FileRecord:
    """The record a line is; `is_cut`: it passed the limit, and this is its start."""
    raw = raw_record(identity, number, line, reading)
    if is_cut:
        limit = f"The record is longer than {MAX_RECORD_BYTES:,} bytes; its start is kept."
        return FileRecord(path, number, raw, set_aside(raw, SetAsideReason.TOO_LARGE, limit))
    return FileRecord(path, number, raw, read_record(raw))


def raw_record(identity: str, number: int, line: bytes, reading: Reading) -> RawRecord:
    """Record `number` of the content with this SHA-256; the same content gives the same id."""
    return RawRecord(
        event_id=scan_event_id(content_sha256=identity, record=number),
        organisation=reading.organisation,
        source=reading.source,
        kind=reading.kind,
        timezone=reading.timezone,
        receive_time=reading.receive_time,
        raw=line,
    )
