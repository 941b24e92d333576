"""Events as Arrow columns: typed `_` columns, the shape's declared fields as text, `_rest` for all.

Names from the wire never become columns: only a name the format's table declares does, and every
other field travels in `_rest` under its own name. Not here: files (parquet.py).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from hinomi.core.records import Event, SetAside
from hinomi.core.words import Disposition, SetAsideReason, TimeNote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set

    Record = Event | SetAside

SET_ASIDE_SHAPE = "set_aside"
DETAIL = "detail"  # the key in `_rest` under which a set-aside record says why, for a person
_MOMENT = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# column → (type, what it holds of an event, what it holds of a set-aside record)
_FIXED: dict[str, tuple[pa.DataType, Callable[[Event], object], Callable[[SetAside], object]]] = {
    "_organisation": (pa.string(), lambda e: e.organisation, lambda s: s.organisation),
    "_source": (pa.string(), lambda e: e.source, lambda s: s.source),
    "_device": (pa.string(), lambda e: e.device, lambda _: ""),
    "_user": (pa.string(), lambda e: e.user, lambda _: ""),
    "_event_id": (pa.string(), lambda e: e.event_id, lambda s: s.event_id),
    "_event_time": (_MOMENT, lambda e: e.event_time, lambda s: s.receive_time),
    "_receive_time": (_MOMENT, lambda e: e.receive_time, lambda s: s.receive_time),
    "_time_note": (pa.string(), lambda e: e.time_note.value, lambda _: TimeNote.RECEIVED.value),
    "_disposition": (
        pa.string(),
        lambda e: e.disposition.value,
        lambda _: Disposition.UNKNOWN.value,
    ),
    "_raw": (pa.binary(), lambda e: e.raw, lambda s: s.raw),
    "_set_aside": (pa.string(), lambda _: None, lambda s: s.reason.value),
}
_REST = pa.map_(pa.string(), pa.string())


def shape_of(record: Record) -> str:
    """The format family whose files hold this record."""
    return record.shape if isinstance(record, Event) else SET_ASIDE_SHAPE


def column_names(declared: Iterable[str]) -> tuple[str, ...]:
    """The declared fields that may be columns: not `_…`, and unique when case is ignored.

    Engines that read the lake ignore case, so a second spelling would be unreadable there; it
    stays in `_rest`.
    """
    taken: dict[str, str] = {}
    for name in declared:
        if name and not name.startswith("_"):
            taken.setdefault(name.casefold(), name)
    return tuple(taken.values())


def schema_of(declared: Iterable[str], *, shape: str) -> pa.Schema:
    """The Arrow schema of a shape; the shape's name travels in the metadata."""
    fields = [pa.field(name, kind) for name, (kind, _, _) in _FIXED.items()]
    fields += [pa.field(name, pa.string()) for name in column_names(declared)]
    return pa.schema([*fields, pa.field("_rest", _REST)], metadata={"hinomi.shape": shape})


def to_table(records: Sequence[Record], *, declared: Iterable[str], shape: str) -> pa.Table:
    """Columns of records of one shape, in the order given."""
    schema = schema_of(declared, shape=shape)
    native = [name for name in schema.names if not name.startswith("_")]
    columns: list[list[object]] = [
        [of_event(r) if isinstance(r, Event) else of_set_aside(r) for r in records]
        for _, of_event, of_set_aside in _FIXED.values()
    ]
    fields = [_fields_of(record) for record in records]
    known = frozenset(native)
    in_rest = [_outside(each, known) for each in fields]
    columns += [
        [
            None if name in aside else each.get(name)
            for each, aside in zip(fields, in_rest, strict=True)
        ]
        for name in native
    ]
    rest: list[object] = [
        [pair for pair in each.items() if pair[0] in aside]
        for each, aside in zip(fields, in_rest, strict=True)
    ]
    return pa.table([*columns, rest], schema=schema)


def record_of(row: Mapping[str, object], *, shape: str) -> Record:
    """The record a stored row stands for; its times are aware datetimes or microseconds."""
    fields = _native(row)
    reason = row["_set_aside"]
    if reason is not None:
        return SetAside(
            event_id=str(row["_event_id"]),
            organisation=str(row["_organisation"]),
            source=str(row["_source"]),
            receive_time=_moment(row["_receive_time"]),
            reason=SetAsideReason(str(reason)),
            detail=fields.get(DETAIL, ""),
            raw=cast("bytes", row["_raw"]),
        )
    return Event(
        event_id=str(row["_event_id"]),
        organisation=str(row["_organisation"]),
        source=str(row["_source"]),
        shape=shape,
        device=str(row["_device"]),
        event_time=_moment(row["_event_time"]),
        receive_time=_moment(row["_receive_time"]),
        fields=fields,
        raw=cast("bytes", row["_raw"]),
        time_note=TimeNote(str(row["_time_note"])),
        user=str(row["_user"]),
        disposition=Disposition(str(row["_disposition"])),
    )


def _fields_of(record: Record) -> Mapping[str, str]:
    return record.fields if isinstance(record, Event) else {DETAIL: record.detail}


def _outside(fields: Mapping[str, str], known: frozenset[str]) -> Set[str]:
    """The fields of a record that go to `_rest`: those that are no column, and all spellings of a
    name that the record has twice (`User`, `USER`). Rules that ignore case take the first of them,
    so their order must come back; columns and `_rest` together would lose it."""
    unknown = fields.keys() - known
    if not unknown:
        return unknown
    twice = {name.lower() for name in unknown} & {name.lower() for name in fields.keys() & known}
    return {name for name in fields if name in unknown or name.lower() in twice}


def _native(row: Mapping[str, object]) -> dict[str, str]:
    named = {k: str(v) for k, v in row.items() if not k.startswith("_") and v is not None}
    rest = row["_rest"]
    # pyarrow gives a map as pairs, DuckDB as a dict.
    pairs = rest.items() if isinstance(rest, dict) else cast("list[tuple[str, str]]", rest or [])
    return {**named, **dict(pairs)}


def _moment(value: object) -> datetime:
    # DuckDB hands times over as microseconds: its own datetimes would need one more library.
    if isinstance(value, int):
        return _EPOCH + timedelta(microseconds=value)
    return cast("datetime", value).astimezone(UTC)
