"""One record as JSON, CEF or LEEF, and its time by the names of fields: what endpoint and cloud
formats share, so that each of them is a table."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.cef import scan_cef, scan_leef
from hinomi.normalise.scanners.tree import flatten, load_object, unfold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line

_HEADER = 160  # the version and the vendor of a CEF or LEEF header fit in
_JSON_WITHIN = 400  # a collector's words before the object


def is_json(line: Line) -> bool:
    """The record is an object, perhaps behind a header or a collector's words."""
    return line.text[:1] == "{" or "{" in line.header.body[:_JSON_WITHIN]


def is_cef_of(line: Line, *vendors: str) -> bool:
    """A CEF record of one of these vendors (as the header spells them)."""
    return _vendor(line.text, "CEF:") in vendors


def is_leef_of(line: Line, *vendors: str) -> bool:
    """A LEEF record of one of these vendors."""
    return _vendor(line.text, "LEEF:") in vendors


def _vendor(text: str, mark: str) -> str | None:
    """The vendor of the header; a dozen formats ask each record, so nothing more is cut."""
    start = text.find(mark)
    if start < 0:
        return None
    parts = text[start : start + _HEADER].split("|", 2)
    return parts[1].strip() if len(parts) > 2 else None


def json_fields(line: Line, *inner: str) -> Fields:
    """The object's fields by dotted names; `inner` are fields whose text is JSON again."""
    body = line.header.body
    start = body.find("{", 0, _JSON_WITHIN)
    if start < 0:
        raise NotThisFormat("No JSON object.")
    fields = flatten(load_object(body[start:].strip()))
    for name in inner:
        unfold(fields, name)
    return fields


def fields_of(line: Line, *inner: str) -> Fields:
    """The record in whichever of CEF, LEEF and JSON it is written."""
    if "CEF:" in line.text:
        return scan_cef(line.text)
    if "LEEF:" in line.text:
        return scan_leef(line.text)
    return json_fields(line, *inner)


def xml_fields(text: str) -> Fields:
    """An XML document's leaves by name, attributes as `Element.name`; the first of a name stays.

    Raises NotThisFormat, also for a document type of its own: entities can explode.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotThisFormat("XML with a document type is refused.")
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314  entities were refused above
    except (ElementTree.ParseError, ValueError) as error:
        raise NotThisFormat(f"Broken XML: {error}") from error
    fields: Fields = {}
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        for key, value in element.attrib.items():
            fields.setdefault(f"{name}.{key}", value)
        if element.text and element.text.strip():
            fields.setdefault(name, element.text.strip())
    return fields


def time_in(
    *names: str, utc: bool = False
) -> Callable[[Mapping[str, str], tzinfo, datetime], Stated | None]:
    """Reads the first of these fields that is a time. `utc`: what its maker writes without a zone
    is UTC, not the place of the source."""

    def stated(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
        for name in names:
            text = fields.get(name, "")
            if text and (found := from_text(text, UTC if utc else zone, receive)):
                return Stated(found.at) if utc else found
        return None

    return stated
