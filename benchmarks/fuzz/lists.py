"""Families of what people bring: lists of customers, feeds of indicators, taught formats."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import xlsxwriter

from benchmarks.fuzz.damage import BINARY, TEXT, insert
from benchmarks.fuzz.family import Family, Sample
from benchmarks.fuzz.records import RECEIVED, lines_of, record_of
from benchmarks.fuzz.senders import packed, unzipped, zipped
from hinomi.core.archives import CLOSED_ARCHIVE
from hinomi.core.errors import UnreadableFile
from hinomi.detect.intel import Defaults, Tlp, read_feed
from hinomi.normalise.learn import propose as propose_format
from hinomi.normalise.learned import read_with, ready, write_definition
from hinomi.portal.rosters import excel
from hinomi.portal.rosters.headings import head_of, propose, sheet_of
from hinomi.portal.rosters.plan import make_plan
from hinomi.portal.rosters.steps import World
from hinomi.portal.rosters.table import NotATable, read_tables
from hinomi.portal.rosters.wishes import read_wish, says_nothing

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from benchmarks.fuzz.family import Case

_ROWS = (
    ("お客様一覧", "2026年11月20日", "", "", "", ""),
    ("会社名（正式名称）", "電話番号", "メール", "機種", "シリアル番号", "備考"),
    ("株式会社青葉工務店", "03-0000-0001", "aoi@aoba.example", "FortiGate 40F", "F01", "①髙橋様"),
    ("㈲文京歯科", "０３（００００）０００２", "", "SS5000", "1.23E+15", '=HYPERLINK("x")'),
    ("", "", "", "", "", ""),
    ("合同会社 港", "312345678", "a@b.example, c@d.example", "なにかの箱", "SN-2", "'+81-3"),
    ("青葉工務店", "03-0000-0001", "", "RTX1220", "SN3,SN4", "2行\nある"),
)
_ODD_REFERENCES = (b"XFD1048576", b"A0", b"ZZZZ1", b"A99999", b"A1:XFD9", b"-1", b"",
                   b"4294967296", b"s", b"inlineStr", b"e", b"d")  # fmt: skip


def _feed_samples() -> list[Sample]:
    """Indicators as their publishers write them."""
    hashed = "0" * 63 + "1"
    pattern = f"[file:hashes.'SHA-256' = '{hashed}' OR (domain-name:value = 'x.example')]"
    valid = {"valid_from": "2026-11-01T00:00:00Z", "valid_until": "2027-11-01T00:00:00Z"}
    marked = {"object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]}
    indicator = {"type": "indicator", "id": "indicator--1", "confidence": 80, "pattern": pattern}
    stix = {"type": "bundle", "id": "bundle--1", "objects": [indicator | valid | marked]}
    attributes = [
        {
            "type": "ip-dst|port",
            "value": "192.0.2.7|443",
            "to_ids": True,
            "timestamp": "1795110253",
        },
        {
            "type": "url",
            "value": "http://x.example/a?b=c",
            "to_ids": True,
            "Tag": [{"name": "tlp:amber"}],
        },
    ]
    misp = {"Event": {"info": "a", "Attribute": attributes, "Object": [{"Attribute": attributes}]}}
    table = f"# of today\nindicator,type,first_seen\n192.0.2.0/24,ip,2026-11-20\n{hashed},hash,\n"
    plain = (
        "# list\n198.51.100.7\nx[.]example\nhxxp://y.example/z\n2001:db8::/32 ; note\na@b.example\n"
    )
    texts = [json.dumps(stix), json.dumps(misp), json.dumps([misp]), table, plain]
    found = [Sample("auto", text.encode()) for text in texts]
    return [*found, Sample("auto", packed(found[0].raw)), Sample("list", found[3].raw)]


def _read_feed(case: Case) -> None:
    defaults = Defaults(source="fuzz", tlp=Tlp.GREEN, confidence=60)
    try:
        feed = read_feed(case.raw, defaults=defaults, form=case.form)
    except UnreadableFile:
        return
    assert len(feed.indicators) <= len(case.raw)


def _definition_samples() -> list[Sample]:
    """What the portal writes of a taught format, and takes in from another tower."""
    found = []
    for form in ("yamaha", "buffalo", "fortigate", "iis", "openvpn"):
        lines = [line.decode("utf-8", "replace") for line in lines_of(form)]
        found.append(Sample(form, write_definition(propose_format(lines, name=form)).encode()))
    return found


def _read_definition(case: Case) -> None:
    form = ready(case.raw.decode("utf-8", "replace"), id="x")
    if form is not None:
        for line in lines_of(case.form)[:3]:
            read_with(form, record_of("auto", line))


def _list_samples() -> list[Sample]:
    found = []
    for separator in (",", "\t", ";"):
        quoted = ['"' + cell.replace('"', '""') + '"' if separator in cell or "\n" in cell else cell
                  for row in _ROWS for cell in row]  # fmt: skip
        rows = [quoted[at : at + 6] for at in range(0, len(quoted), 6)]
        text = "".join(separator.join(row) + "\r\n" for row in rows)
        for encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16"):
            found.append(Sample("csv", text.encode(encoding, "replace")))
    return found


def _read_list(case: Case) -> None:
    """From the file to what would become of each row."""
    try:
        lines = sheet_of(read_tables(case.raw))
    except NotATable:
        return
    head = head_of(lines)
    columns = propose(lines[head].cells)
    wishes = [read_wish(line, columns=columns) for line in lines[head + 1 : head + 30]]
    for step in make_plan([wish for wish in wishes if not says_nothing(wish)], world=World()):
        assert all(isinstance(text, str) for text in step.texts)


def _workbooks() -> list[Sample]:
    return [Sample("xlsx", _workbook(kind)) for kind in ("text", "numbers", "sheets")]


def _workbook(kind: str) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name in ("一覧", "控え") if kind == "sheets" else ("一覧",):
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(_ROWS):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
        if kind == "numbers":
            sheet.write_row(8, 0, [3, 2.5, True, 1e300])
            sheet.write_datetime(9, 0, RECEIVED.replace(tzinfo=None),
                                 book.add_format({"num_format": "yyyy/mm/dd hh:mm"}))  # fmt: skip
            sheet.write_formula(10, 0, "=1/0", None, "#DIV/0!")
            sheet.merge_range("A12:C12", "まとめ")
    book.close()
    return zipped(unzipped(buffer.getvalue()))


def in_part(raw: bytes, dice: random.Random) -> bytes:
    """Damage inside one part of a workbook, zipped again so that it is read."""
    try:
        members = unzipped(raw)
    except CLOSED_ARCHIVE:
        return insert(raw, dice)
    if not members:
        return raw
    name = dice.choice([*members, *[each for each in members if "sheet" in each] * 2])
    members[name] = dice.choice(_IN_PARTS)(members[name], dice)
    return zipped(members)


def reference(part: bytes, dice: random.Random) -> bytes:
    """A cell's place, a size or a number of a workbook, changed to an odd one."""
    place = part.find(b'="', dice.randrange(len(part) + 1)) + 2
    end = part.find(b'"', place)
    return (
        part[:place] + dice.choice(_ODD_REFERENCES) + part[end:] if place > 1 and end > 0 else part
    )


_IN_PARTS = (*TEXT, reference, reference, reference)


def _read_workbook(case: Case) -> None:
    """The reader's own process costs 100 ms to start, so its work is done here."""
    with patch.object(excel, "read_workbook", _read_here):
        _read_list(case)


def _read_here(raw: bytes, *, most_rows: int, most_columns: int) -> list[excel.Sheet]:
    """What raises here ends the process in the product, and the file is refused."""
    if raw.startswith(b"PK"):
        excel.require_small(raw)
    try:
        return excel.read_here(raw, most_rows=most_rows, most_columns=most_columns)
    except excel.Unreadable:
        raise
    except BaseException as error:
        if type(error).__name__ not in ("PanicException", "MemoryError"):
            raise
        raise excel.Unreadable from error


FAMILIES: Sequence[Family] = (
    Family("feeds", "feeds of indicators: STIX, MISP, CSV, lists", _feed_samples, _read_feed),
    Family("definitions", "formats taught elsewhere, brought as a file", _definition_samples,
           _read_definition),
    Family("lists", "lists of customers in CSV", _list_samples, _read_list),
    Family("workbooks", "lists of customers in Excel", _workbooks, _read_workbook,
           (in_part, in_part, in_part, *BINARY), limit_s=1.0, outside=_read_list),
)  # fmt: skip
