"""What a source has sent so far, in the pipeline store: the SQL of a batch's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.store.pipeline import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from sqlite3 import Connection

    from hinomi.store.pipeline_rows import DetectWork, SeenDevice, SetAsideCount, SourceStatus

DEVICES_PER_ORGANISATION = (
    5_000  # names come from the wire: without a bound they would fill the disk
)
_ADDED = ("records", "readable", "set_aside")
_NEWEST = (
    "last_alive",
    "last_event",
    "last_set_aside_at",
    "last_set_aside_reason",
    "last_set_aside_detail",
    "last_set_aside",
)
_OLDEST = ("first_readable_at", "first_readable")
# A clock that jumped ahead and back must not freeze `last_receive`: the newest arrival counts.
_STATUS = (
    "INSERT INTO source_status VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - our own words
    " ON CONFLICT (organisation, source) DO UPDATE SET last_receive = excluded.last_receive, "
    + ", ".join(
        [f"{name} = source_status.{name} + excluded.{name}" for name in _ADDED]
        + [f"{name} = coalesce(excluded.{name}, source_status.{name})" for name in _NEWEST]
        + [f"{name} = coalesce(source_status.{name}, excluded.{name})" for name in _OLDEST]
    )
)
_DEVICE = """
INSERT INTO seen_devices SELECT ?, ?, ?, ?, ? WHERE EXISTS
    (SELECT 1 FROM seen_devices WHERE organisation = ? AND device = ?)
  OR (SELECT count(*) FROM seen_devices WHERE organisation = ?) < ?
ON CONFLICT (organisation, device) DO UPDATE SET
  source = excluded.source, last_seen = excluded.last_seen
"""


def write_status(db: Connection, work: DetectWork) -> None:
    """Status, unreadable counts and machines of one batch, inside its transaction."""
    db.executemany(_STATUS, map(_status_row, work.sources))
    db.executemany(
        "INSERT INTO set_aside_counts VALUES (?,?,?,?,?)"
        " ON CONFLICT (organisation, source, receive_day, reason) DO UPDATE SET"
        " records = set_aside_counts.records + excluded.records",
        map(_count_row, work.set_aside),
    )
    db.executemany(_DEVICE, map(_device_row, work.devices))


def write_read_again(db: Connection, counts: Iterable[SetAsideCount]) -> None:
    """These were set aside and can be read now. A source is alive by what it sends, so nothing else
    of its status moves."""
    for count in counts:
        *place, records = _count_row(count)
        db.execute(
            "UPDATE set_aside_counts SET records = records - ? WHERE organisation = ?"
            " AND source = ? AND receive_day = ? AND reason = ?",
            (records, *place),
        )
        db.execute(
            "UPDATE source_status SET readable = readable + ?, set_aside = set_aside - ?"
            " WHERE organisation = ? AND source = ?",
            (records, records, count.organisation, count.source),
        )
    db.execute("DELETE FROM set_aside_counts WHERE records <= 0")


def _status_row(status: SourceStatus) -> tuple[object, ...]:
    return (
        status.organisation,
        status.source,
        status.records,
        status.readable,
        status.set_aside,
        text_of(status.last_receive),
        _text_or_none(status.last_alive),
        _text_or_none(status.last_event),
        _text_or_none(status.first_readable_at),
        status.first_readable if status.first_readable_at else None,
        _text_or_none(status.last_set_aside_at),
        status.last_set_aside_reason or None,
        status.last_set_aside_detail if status.last_set_aside_at else None,
        status.last_set_aside if status.last_set_aside_at else None,
    )


def _count_row(count: SetAsideCount) -> tuple[object, ...]:
    day = count.receive_day.isoformat()
    return (count.organisation, count.source, day, count.reason, count.records)


def _device_row(device: SeenDevice) -> tuple[object, ...]:
    first, last = text_of(device.first_seen), text_of(device.last_seen)
    key = (device.organisation, device.device)
    return (*key, device.source, first, last, *key, key[0], DEVICES_PER_ORGANISATION)


def _text_or_none(moment: datetime | None) -> str | None:
    return text_of(moment) if moment else None
