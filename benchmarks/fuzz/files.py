"""Families of whole files: mails and what hangs on them, event logs, saved files and archives.

Event logs are taken from the shared data beside the checkout (HINOMI_SHARED); none are kept here.
"""

from __future__ import annotations

import email
import io
import os
import tempfile
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.fuzz.damage import BINARY, TEXT
from benchmarks.fuzz.family import Family, Sample
from benchmarks.fuzz.records import GOLDENS, RECEIVED, lines_of, record_of
from benchmarks.fuzz.senders import packed, unzipped, zipped
from hinomi.collect.mail.signatures import signers_of
from hinomi.core.errors import UnreadableFile
from hinomi.core.records import Event, SetAside
from hinomi.normalise import FileRecord, read_path, read_record
from hinomi.normalise.archives import Member
from hinomi.normalise.event_logs import read_evtx
from hinomi.normalise.mail import read_mail
from hinomi.normalise.mail.attachments import read_attachment
from hinomi.normalise.reading import Reading

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
    found: list[Sample] = []
    for _, raw in _mails():
        for part in email.message_from_bytes(raw).walk():
            body = part.get_payload(decode=True)
            if not isinstance(body, bytes) or not body.strip():
                continue
            name = part.get_filename() or f"a.{part.get_content_subtype()}"
            found += [Sample(name, body)] * (1 if name.endswith(".pdf") else 8)
            if name.endswith(".zip"):
                found += [Sample("a.csv", each) for each in unzipped(body).values()]
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
    in_zips = [("a.zip", zipped({name: raw, "b/c.log": plain[5][1]})) for name, raw in plain]
    gzipped = [("a.gz", packed(raw)) for _, raw in plain]
    return [Sample(name, raw) for name, raw in (*plain, *plain, *in_zips, *gzipped)]


def _read_document(case: Case) -> None:
    path = _folder() / case.form
    path.write_bytes(case.raw)
    for found in read_path(path, receive_time=RECEIVED):
        if isinstance(found, FileRecord):
            assert isinstance(found.result, Event | SetAside)


def _inside_gzip(raw: bytes) -> bytes:
    """What comes out of a gzip until it is broken: damage can make one of a kilobyte hold a hundred
    times as much."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    reader, found = zlib.decompressobj(wbits=31), bytearray()
    with suppress(zlib.error):
        for at in range(0, len(raw), 64):
            found += reader.decompress(raw[at : at + 64])
    return bytes(found)


@cache
def _folder() -> Path:
    """In memory where there is such a folder: a million files are written."""
    memory = Path("/dev/shm")
    folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    _FOLDERS.append(folder)
    return Path(folder.name)


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []  # kept, so that they last as long as we do


FAMILIES: Sequence[Family] = (
    Family("mails", "mails of consoles: MIME, charsets, HTML, signatures", _mail_samples,
           _read_mail, (*TEXT, header, header, header)),
    Family("attachments", "what hangs on mails: CSV, HTML, zip, PDF", _attachment_samples,
           _read_attachment, (*TEXT, *BINARY)),
    Family("evtx", "Windows event logs (EVTX)", _event_logs, _read_event_log, (in_chunk,)),
    Family("documents", "saved files: UTF-16, XML, JSON, tables, zip, gzip", _document_samples,
           _read_document, (*TEXT, *BINARY), line_s=2e-4, held=_inside_gzip),
)  # fmt: skip
