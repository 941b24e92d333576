"""Reads a record of a source whose kind is a learned format; never raises, whatever was taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, NotThisFormat
from hinomi.core.words import SetAsideReason
from hinomi.normalise.decode import decode, is_binary
from hinomi.normalise.format import Line
from hinomi.normalise.header import read_header
from hinomi.normalise.learned.build import KIND, build
from hinomi.normalise.learned.definition import read_definition
from hinomi.normalise.record import MAX_RECORD_BYTES, make_event, set_aside

if TYPE_CHECKING:
    from hinomi.core.records import Event, RawRecord, SetAside
    from hinomi.normalise.format import Format


def id_of_kind(kind: str) -> str:
    """The learned format that a source's kind names; "" for all other kinds."""
    return kind[len(KIND) :] if kind.startswith(KIND) else ""


def ready(definition: str, *, id: str) -> Format | None:
    """The format of a published definition; None when it cannot be used (never so after the
    portal's checks, but a newer portal may publish what this release does not know)."""
    try:
        return build(read_definition(definition, path=id), id=id)
    except HinomiError:
        return None


def read_with(form: Format, raw: RawRecord) -> Event | SetAside:
    """The record read by this format alone; what it does not fit is set aside with the reason."""
    if raw.frame_fault is not None:
        return set_aside(raw, raw.frame_fault, raw.frame_fault.of_frame)
    if len(raw.raw) > MAX_RECORD_BYTES:
        return set_aside(raw, SetAsideReason.TOO_LARGE, f"{len(raw.raw):,} bytes.")
    text, encoding = decode(raw.raw)
    if not text.strip():
        return set_aside(raw, SetAsideReason.EMPTY, "No text in the record.")
    if is_binary(raw.raw, text):
        return set_aside(raw, SetAsideReason.UNDECODABLE, "Binary data, not text.")
    line = Line(text=text, encoding=encoding, header=read_header(text))
    try:
        return make_event(raw, form, form.parse(line), line)
    except NotThisFormat as error:
        detail = f"Not a record of {form.title_en}: {error.message}"
        return set_aside(raw, SetAsideReason.UNKNOWN_FORMAT, detail)
