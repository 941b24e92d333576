"""Families of whole files: mails and what hangs on them, event logs, archives, lists of customers.

Event logs are taken from the shared data beside the checkout (HINOMI_SHARED); none are kept here.
"""

from __future__ import annotations

import email
import io
import os
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from benchmarks.fuzz.damage import BINARY, TEXT, insert
from benchmarks.fuzz.family import Family, Sample
from benchmarks.fuzz.records import GOLDENS, RECEIVED, lines_of, record_of
from benchmarks.fuzz.senders import packed
from hinomi.collect.mail.signatures import signers_of
from hinomi.core.errors import UnreadableFile
from hinomi.core.records import Event, SetAside
from hinomi.normalise import FileRecord, read_path, read_record
from hinomi.normalise.archives import Member
from hinomi.normalise.event_logs import read_evtx
from hinomi.normalise.mail import read_mail
from hinomi.normalise.mail.attachments import read_attachment
from hinomi.normalise.reading import Reading
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

_READING = Reading(receive_time=RECEIVED)
_CHUNK_AT, _CHUNK_HEAD = 4096, 512
_EVTX_MOST = 24_000  # bytes of a log that are damaged and read; logs hold many records alike
_SLOW = (".pdf", "saxa-pdf")
_HEADS = (
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: text/html; charset=x\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/plain; charset*=a'b'%",
    b"Content-Type: application/pdf; name*0*=utf-8''%E3; name*1=x.pdf\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.jp; s=k; h=from:subject; bh=YWJj; b=YWJj\r\n",
    b"Date: Fri, 99 Foo 99999 25:61:61 +9999\r\n",
    b"From: <a@b>,<c@d>\r\n",
    b"Subject: =?iso-2022-jp?B?GyRCJCI=?= =?x?Q?=\r\n",
    b"Received: x\r\n" * 40,
    *(b"\r\n\r\n--x\r\n", b"--x--", b"\x1b$B", b"\xff\xfe", b"begin 644 a\r\n", b"=\r\n", b"=ZZ"),
    *(b"<table>", b"</td>", b"<tr><td colspan=99999 rowspan=99999>", b"<style>", b"&#x110000;"),
    "名：".encode(),
)
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


def header(raw: bytes, dice: random.Random) -> bytes:
    """A header or a mark of a mail, at the beginning of some line."""
    place = raw.find(b"\n", dice.randrange(len(raw) + 1)) + 1
    return raw[:place] + dice.choice(_HEADS) + raw[place:]


@cache
def _mails() -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (path.name, path.read_bytes()) for path in sorted((GOLDENS / "mails").glob("*.eml"))
    )


def _mail_samples() -> list[Sample]:
    """Those with a PDF cost ten others each; the attachments have a family of their own."""
    found = []
    for name, raw in _mails():
        found += [Sample("mail", raw)] * (1 if _SLOW[1] in name else 10)
    return found


def _read_mail(case: Case) -> None:
    mail = read_mail(case.raw, mail="M", mailbox="box")
    for piece in mail.pieces[:5]:
        assert len(piece.raw) < 1 << 20
        assert isinstance(read_record(record_of("mail", piece.raw)), Event | SetAside)
    if case.number % 4 == 0:
        signers_of(case.raw, resolve=lambda name: "")


def _attachment_samples() -> list[Sample]:
    """What hangs on the mails, unpacked, so that the damage is behind base64 and deflate."""
    found = [
        Sample("a.csv", "\r\n".join(",".join(row) for row in _ROWS).encode("cp932", "replace"))
    ]
    for _, raw in _mails():
        for part in email.message_from_bytes(raw).walk():
            body = part.get_payload(decode=True)
            if not isinstance(body, bytes) or not body.strip():
                continue
            name = part.get_filename() or f"a.{part.get_content_subtype()}"
            found += [Sample(name, body)] * (1 if name.endswith(".pdf") else 8)
            if name.endswith(".zip"):
                found += [Sample("a.csv", each) for each in _members(body).values()]
    return found


def _read_attachment(case: Case) -> None:
    attached = read_attachment(case.form, "", case.raw)
    size = sum(len(line) for section in attached.sections for line in section.lines)
    assert size < 64 << 20


def _event_logs() -> list[Sample]:
    """The beginnings of public event logs: the header and the used part of the first chunk."""
    shared = Path(os.environ.get("HINOMI_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    logs = sorted((shared / "data" / "evtx-dev").glob("*.evtx"))
    return [Sample(path.name, _used(path.read_bytes())) for path in logs]


def _used(log: bytes) -> bytes:
    free = int.from_bytes(log[_CHUNK_AT + 48 : _CHUNK_AT + 52], "little")
    return log[: _CHUNK_AT + min(max(free, _CHUNK_HEAD), _EVTX_MOST)]


def in_chunk(log: bytes, dice: random.Random) -> bytes:
    """Damage behind the file's header, which is mostly empty: chunk, templates and records."""
    begin = _CHUNK_AT if dice.random() < 0.9 else 0
    return log[:begin] + dice.choice(BINARY)(log[begin:], dice)


def _read_event_log(case: Case) -> None:
    stream = io.BufferedReader(io.BytesIO(case.raw))
    member = Member("a.evtx", stream, len(case.raw))
    try:
        for found in read_evtx(member, "0" * 64, _READING):
            if isinstance(found, FileRecord):
                assert isinstance(found.result, Event | SetAside)
    except UnreadableFile:
        return


def _document_samples() -> list[Sample]:
    """Files as people save them: UTF-16, XML and JSON over lines, Zeek's tables, archives."""
    line = lines_of("fortigate")[0].decode("utf-8", "replace")
    xml = next(each for each in lines_of("windows") if b"<Event" in each)
    xml = xml[xml.index(b"<Event") :]
    json_lines = [each for each in lines_of("sophos_central") if each[:1] == b"{"]
    zeek = (
        b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        b"#path\tconn\n"
        b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\n#types\ttime\tstring\taddr\tport\tenum\n"
        b"1795110253.12\tC1\t192.0.2.1\t51000\ttcp\n1795110254.12\tC2\t2001:db8::1\t53\tudp\n"
    )
    plain = [
        ("a.log", "\ufeff".encode("utf-16-le") + f"{line}\r\n{line}\r\n".encode("utf-16-le")),
        ("a.xml", b'<?xml version="1.0"?>\n<Events>\n' + xml + b"\n" + xml + b"</Events>"),
        ("a.json", b"[\n" + b",\n".join(json_lines[:2]) + b"\n]\n"),
        ("b.json", json_lines[0].replace(b"{", b"{\n", 1).replace(b",", b",\n")),
        ("conn.log", zeek),
        ("c.log", b"\n".join(lines_of("linux")[:4])),
        ("audit.log", b"\n".join(lines_of("auditd")[:6])),
    ]
    zipped = [("a.zip", _zip({name: raw, "b/c.log": plain[5][1]})) for name, raw in plain]
    gzipped = [("a.gz", packed(raw)) for _, raw in plain]
    return [Sample(name, raw) for name, raw in (*plain, *plain, *zipped, *gzipped)]


def _read_document(case: Case) -> None:
    path = _folder() / case.form
    path.write_bytes(case.raw)
    for found in read_path(path, receive_time=RECEIVED):
        if isinstance(found, FileRecord):
            assert isinstance(found.result, Event | SetAside)


@cache
def _folder() -> Path:
    """In memory where there is such a folder: a million files are written."""
    memory = Path("/dev/shm")
    folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    _FOLDERS.append(folder)
    return Path(folder.name)


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # kept, so that they last as long as we do


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
    return _zip(_members(buffer.getvalue()))


def _members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}


def _zip(members: dict[str, bytes]) -> bytes:
    """Not compressed, so that what is damaged is what is read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def in_part(raw: bytes, dice: random.Random) -> bytes:
    """Damage inside one part of a workbook, zipped again so that it is read."""
    try:
        members = _members(raw)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, KeyError):
        return insert(raw, dice)
    if not members:
        return raw
    name = dice.choice([*members, *[each for each in members if "sheet" in each] * 2])
    members[name] = dice.choice(_IN_PARTS)(members[name], dice)
    return _zip(members)


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
    excel.read_workbook = _read_here
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
    Family("mails", "mails of consoles: MIME, charsets, HTML, signatures", _mail_samples,
           _read_mail, (*TEXT, header, header, header)),
    Family("attachments", "what hangs on mails: CSV, HTML, zip, PDF", _attachment_samples,
           _read_attachment, (*TEXT, *BINARY)),
    Family("evtx", "Windows event logs (EVTX)", _event_logs, _read_event_log, (in_chunk,)),
    Family("documents", "saved files: UTF-16, XML, JSON, tables, zip, gzip", _document_samples,
           _read_document, (*TEXT, *BINARY)),
    Family("lists", "lists of customers in CSV", _list_samples, _read_list),
    Family("workbooks", "lists of customers in Excel", _workbooks, _read_workbook,
           (in_part, in_part, in_part, *BINARY), limit_s=1.0, outside=_read_list),
)  # fmt: skip
