"""Reads one line by one layout: the notations as a table of functions."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.learned.pairs import split_pairs
from hinomi.normalise.learned.slots import ANCHORED
from hinomi.normalise.learned.template import read_template
from hinomi.normalise.notations import xml_fields
from hinomi.normalise.scanners.cef import scan_cef, scan_leef
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.normalise.format import Fields, Line
    from hinomi.normalise.learned.definition import Layout

_MOST_FIELDS = 500
MAIL_MARK = '"hinomi_mail"'  # how the mailbox begins what it writes (normalise.mail.pieces)


def read_by(layout: Layout, line: Line, *, left: list[int] | None = None) -> Fields:
    """The fields under the device's own names. Raises NotThisFormat when it does not apply. `left`
    are the tries that sentences may still use on this line."""
    is_sentence = layout.kind == "sentence"
    fields = _sentence(layout, line, left) if is_sentence else _READERS[layout.kind](layout, line)
    for name, wanted in layout.where.items():
        if fields.get(name, "").strip().lower() != wanted.strip().lower():
            raise NotThisFormat(f"{name} is not {wanted}.")
    return fields


def _pairs(layout: Layout, line: Line) -> Fields:
    body = line.header.body
    if layout.mark == "=" and not layout.between and body.isascii():
        fields = scan_pairs(body)
    else:
        fields = split_pairs(body, mark=layout.mark, between=layout.between)
    if len(fields) < 2:
        raise NotThisFormat("Fewer than two pairs.")
    return _with_lead(dict(islice(fields.items(), _MOST_FIELDS)), body)


def _with_lead(fields: Fields, body: str) -> Fields:
    """What stands before the first pair: perhaps a time, perhaps a sentence."""
    start = body.find(next(iter(fields)))
    lead = body[: max(start, 0)].strip(" \t\u3000[]【】()-:,、|")
    if when := ANCHORED["time"].match(lead):
        fields.setdefault("日時", when[0])
        lead = lead[when.end() :].strip(" \t\u3000[]【】()-:,、|")
    if len(lead) > 1:
        fields.setdefault("message", lead)
    return fields


def _columns(layout: Layout, line: Line) -> Fields:
    cells = split_columns(line.header.body, between=layout.between)
    if len(cells) < max(2, (len(layout.columns) + 1) // 2):
        raise NotThisFormat("Too few columns.")
    if [cell.strip() for cell in cells[: len(layout.columns)]] == list(layout.columns):
        raise NotThisFormat("The row of headings.")
    fields = dict(zip(layout.columns, cells, strict=False))
    for number in range(len(layout.columns), min(len(cells), _MOST_FIELDS)):
        fields[f"column_{number + 1}"] = cells[number]
    return {name: value.strip() for name, value in fields.items() if value.strip()}


def split_columns(text: str, *, between: str) -> list[str]:
    """The cells of one row. Quotes as in CSV; a line that breaks them is split plainly."""
    if len(text) > 1 << 17:
        raise NotThisFormat("The row is too long.")
    try:
        rows = list(csv.reader([text.replace("\n", " ")], delimiter=between, strict=False))
    except (csv.Error, TypeError):
        return text.split(between)
    return rows[0] if rows else []


def _json(layout: Layout, line: Line) -> Fields:
    body = line.header.body
    start = body.find("{")
    if start < 0:
        raise NotThisFormat("No JSON.")
    return flatten(load_object(body[start:].strip()))


def _xml(layout: Layout, line: Line) -> Fields:
    return dict(islice(xml_fields(line.header.body).items(), _MOST_FIELDS))


def _cef(layout: Layout, line: Line) -> Fields:
    return scan_cef(line.text)


def _leef(layout: Layout, line: Line) -> Fields:
    return scan_leef(line.text)


def _mail(layout: Layout, line: Line) -> Fields:
    """A piece of a console's mail as the mailbox puts it into the log: its labels as written."""
    body = line.header.body.strip()
    if MAIL_MARK not in body[:40]:
        raise NotThisFormat("No piece of a mail.")
    tree = load_object(body)
    fields = {
        f"mail.{name}": str(tree[name])
        for name in ("subject", "from", "date", "section")
        if tree.get(name)
    }
    labels = tree.get("labels")
    for pair in labels if isinstance(labels, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and pair[1]:
            fields.setdefault(str(pair[0])[:80], str(pair[1]))
    return fields | {"message": str(tree.get("text") or tree.get("subject") or "")}


def _sentence(layout: Layout, line: Line, left: list[int] | None) -> Fields:
    body = line.header.body.strip()
    spans = read_template(layout.template).spans(body, left=left)
    if spans is None:
        raise NotThisFormat("Another sentence.")
    return {name: body[start:end].strip() for name, start, end in spans} | {"message": body}


_READERS: dict[str, Callable[[Layout, Line], Fields]] = {
    "pairs": _pairs,
    "columns": _columns,
    "json": _json,
    "xml": _xml,
    "cef": _cef,
    "leef": _leef,
    "mail": _mail,
}
