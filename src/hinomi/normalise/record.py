"""One raw record in, one event or one set-aside note out. Never raises, whatever the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.normalise.carried import carried
from hinomi.normalise.decode import decode, is_binary
from hinomi.normalise.format import Line, first
from hinomi.normalise.header import read_header
from hinomi.normalise.looks import likely_formats
from hinomi.normalise.moment import from_text, settle, zone_named
from hinomi.normalise.registry import (
    format_named,
    format_of_kind,
    kin_of,
)
from hinomi.normalise.verdict_fields import as_said, verdict_fields

if TYPE_CHECKING:
    from hinomi.core.records import RawRecord
    from hinomi.normalise.format import Fields, Format

MAX_RECORD_BYTES = 1 << 20
_MISFITS = (SetAsideReason.UNKNOWN_FORMAT, SetAsideReason.NOT_JSON)


def read_record(raw: RawRecord) -> Event | SetAside:
    """Read one record. A registered kind is tried alone; "auto" finds the format by its look."""
    if raw.frame_fault is not None:
        return _aside(raw, raw.frame_fault, raw.frame_fault.of_frame)
    if len(raw.raw) > MAX_RECORD_BYTES:
        size = f"{len(raw.raw):,} bytes; the limit is {MAX_RECORD_BYTES:,}."
        return _aside(raw, SetAsideReason.TOO_LARGE, size)
    text, encoding = decode(raw.raw)
    if not text.strip():
        return _aside(raw, SetAsideReason.EMPTY, "No text in the record.")
    if is_binary(raw.raw, text):
        return _aside(raw, SetAsideReason.UNDECODABLE, "Binary data, not text.")
    form = format_of_kind(raw.kind)
    line = Line(text=text, encoding=encoding, header=read_header(text))
    if form is None:
        return _sniff(raw, line)
    if text[:1] == "{" and not form.sniff(line):
        found = _carried(raw, line, (form,))
        if found is not None:
            return found
    if (kin := kin_of(form.name)) and not form.sniff(line):
        likely = {each.name for each in likely_formats(line)}
        found = _first_of(tuple(each for each in kin if each.name in likely), raw, line)
        if found is not None:
            return found
    try:
        return make_event(raw, form, form.parse(line), line)
    except NotThisFormat as error:
        return _aside(raw, _reason(line), f"Not a record of {form.title_en}: {error.message}")


def read_sent(raw: RawRecord) -> Event | SetAside:
    """As `read_record`, but a source's kind is only a hint: people register a relay as a firewall.

    What another particular format knows is read as that; nothing is guessed.
    """
    record = read_record(raw)
    form = format_of_kind(raw.kind)
    if form is None or not isinstance(record, SetAside) or record.reason not in _MISFITS:
        return record
    text, encoding = decode(raw.raw)
    other = _sniff(raw, Line(text=text, encoding=encoding, header=read_header(text)))
    is_guess = isinstance(other, SetAside) or other.shape == format_named("generic").shape
    return record if is_guess else other


def make_event(raw: RawRecord, form: Format, fields: Fields, line: Line | None) -> Event:
    """The event of parsed fields: time, device, user and disposition by the format's table."""
    zone = zone_named(raw.timezone)
    heard = raw.heard_at or raw.receive_time  # a relay may have kept it for days
    stated = form.stated_time(fields, zone, heard)
    if stated is None and line is not None and line.header.time:
        stated = from_text(line.header.time, zone, heard)
    event_time, note = settle(stated, heard)
    device = first(fields, form.device) or (line.header.host if line else "")
    disposition = form.disposition(fields)
    verdict = form.verdict(fields) if form.verdict else None
    if verdict is not None or "verdict.kind" in fields:
        fields = as_said(fields)
    if verdict is not None:
        fields = {
            **fields,
            **verdict_fields(form, fields, verdict=verdict, disposition=disposition),
        }
    return Event(
        event_id=raw.event_id,
        organisation=raw.organisation,
        source=raw.source,
        shape=form.shape,
        device=device,
        event_time=event_time,
        receive_time=raw.receive_time,
        fields=fields,
        raw=raw.raw,
        time_note=note,
        user=first(fields, form.user),
        disposition=disposition,
    )


def read_tree(raw: RawRecord, tree: dict[str, object]) -> Event | SetAside:
    """A Windows event that a file reader has already decoded (EVTX)."""
    from hinomi.normalise.formats import windows

    try:
        return make_event(raw, windows.FORMAT, windows.fields_of_tree(tree), None)
    except NotThisFormat as error:
        return _aside(raw, SetAsideReason.BROKEN_RECORD, error.message)


def set_aside(raw: RawRecord, reason: SetAsideReason, detail: str) -> SetAside:
    """The note for a record that could not be read."""
    return _aside(raw, reason, detail)


def _sniff(raw: RawRecord, line: Line) -> Event | SetAside:
    found = _first_of(likely_formats(line), raw, line) or _carried(raw, line)
    found = found or _first_of((format_named("generic"),), raw, line)
    if found is not None:
        return found
    return _aside(raw, _reason(line), "Looks like JSON but is not complete.")


def _carried(raw: RawRecord, line: Line, first: tuple[Format, ...] = ()) -> Event | None:
    """The event of the line a shipper wrapped, `first` asked first; None when none knows it."""
    inside = carried(line.text)
    if inside is None:
        return None
    header = read_header(inside.text)
    header = header._replace(
        host=header.host or inside.host,
        program=header.program or inside.program,
        time=header.time or inside.time,
    )
    line = Line(inside.text, line.encoding, header)
    event = _first_of((*first, *likely_formats(line)), raw, line)
    if event is not None:
        event.fields = {**inside.fields, **event.fields}
    return event


def _first_of(forms: tuple[Format, ...], raw: RawRecord, line: Line) -> Event | None:
    for form in forms:
        if not form.sniff(line):
            continue
        try:
            return make_event(raw, form, form.parse(line), line)
        except NotThisFormat:
            continue
    return None


def _reason(line: Line) -> SetAsideReason:
    is_json = line.header.body.lstrip()[:1] in ("{", "[")
    return SetAsideReason.NOT_JSON if is_json else SetAsideReason.UNKNOWN_FORMAT


def _aside(raw: RawRecord, reason: SetAsideReason, detail: str) -> SetAside:
    return SetAside(
        event_id=raw.event_id,
        organisation=raw.organisation,
        source=raw.source,
        receive_time=raw.receive_time,
        reason=reason,
        detail=detail,
        raw=raw.raw,
    )
