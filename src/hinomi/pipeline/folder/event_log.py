"""A Windows event log file (EVTX) → the records after a record number, as JSON, a request's worth.

Position is the record number that Windows gives (EventRecordID), so a file that grew, or was saved
again, gives only what is new.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hinomi.pipeline.folder.pieces import Piece

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"ElfFile\x00"
# More than of lines: the file is decoded from its start for each request.
MOST_RECORDS = 5_000
MOST_BYTES = 8 * 1024 * 1024


def next_events(path: Path, *, start: int, end: int = 0) -> Piece | None:
    """None when nothing is new. `end`: exactly up to this one, of a request planned before.

    Damaged records are passed over: `hinomi scan` tells of them.
    """
    from evtx import PyEvtxParser  # only for those who have such files

    kept: list[tuple[int, bytes]] = []
    for number, data in _records(PyEvtxParser(str(path)).records_json()):
        if number > start and (not end or number <= end):
            kept.append((number, data))
    kept.sort()
    records: list[bytes] = []
    size, last = 0, start
    for number, data in kept[:MOST_RECORDS]:
        if size and size + len(data) > MOST_BYTES:
            break
        records.append(data)
        size, last = size + len(data), number
    return Piece(tuple(records), last) if records else None


def _records(parsed: object) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    iterator = iter(parsed)  # type: ignore[call-overload]
    while True:
        try:
            record = next(iterator, None)
        except (RuntimeError, ValueError, OSError):
            continue
        if record is None:
            return found
        # On one line: the body of a request has a record on each.
        plain = json.dumps(json.loads(record["data"]), ensure_ascii=False).encode()
        found.append((int(record["event_record_id"]), plain))
