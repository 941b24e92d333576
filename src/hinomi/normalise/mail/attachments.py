"""Attachments that hold values: CSV and text (of any Japanese charset), PDF text, zips of these.

Everything has a limit, because the mail may be anybody's: names, sizes, pages, members, ratio.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.archives import CLOSED_ARCHIVE
from hinomi.core.mail import MailReason
from hinomi.normalise.decode import decode
from hinomi.normalise.mail.html import from_html
from hinomi.normalise.mail.pdf import read_pdf
from hinomi.normalise.mail.section import Section, from_csv, from_text

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT_BYTES = 8 * 1024 * 1024
_MEMBERS, _MEMBER_BYTES, _ALL_BYTES = 50, 8 * 1024 * 1024, 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """What an attachment gave. `fault` when it could not be read, though it may matter."""

    sections: tuple[Section, ...] = ()
    fault: MailReason | None = None


def read_attachment(name: str, kind: str, raw: bytes) -> Attached:
    """By its name's ending, else by its declared kind; what holds no values gives nothing."""
    ending = name.lower().rpartition(".")[2] if "." in name else ""
    if raw[:4] == b"PK\x03\x04" and ending in ("zip", ""):
        return _zip(name, raw)
    reader = _READERS.get(ending) or _BY_KIND.get(kind)
    return reader(name, raw) if reader else Attached()


def _csv(name: str, raw: bytes) -> Attached:
    text = decode(raw[:_TEXT_BYTES])[0].replace("\r\n", "\n").replace("\r", "\n")
    return Attached((from_csv(name, text),))


def _text(name: str, raw: bytes) -> Attached:
    text = decode(raw[:_TEXT_BYTES])[0].replace("\r\n", "\n").replace("\r", "\n")
    return Attached((from_text(name, text),))


def _html(name: str, raw: bytes) -> Attached:
    return Attached((from_html(name, decode(raw[:_TEXT_BYTES])[0]),))


def _pdf(name: str, raw: bytes) -> Attached:
    """Its text; scanned pages have none."""
    section, fault = read_pdf(name, raw)
    return Attached((section,) if section else (), fault)


def _zip(name: str, raw: bytes) -> Attached:
    """Members that hold values. A zip inside a zip is not opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _members(name, archive)
    except CLOSED_ARCHIVE:
        return Attached(fault=MailReason.BROKEN_MAIL)


def _members(name: str, archive: zipfile.ZipFile) -> Attached:
    sections: list[Section] = []
    fault: MailReason | None = None
    left = _ALL_BYTES
    for member in archive.infolist()[:_MEMBERS]:
        ending = member.filename.lower().rpartition(".")[2]
        if ending not in _READERS or ending == "zip":
            continue
        if member.flag_bits & 1:
            fault = MailReason.LOCKED
            continue
        with archive.open(member) as file:
            body = file.read(min(_MEMBER_BYTES, left) + 1)  # what the directory claims is no proof
        if len(body) > min(_MEMBER_BYTES, left):
            fault = MailReason.TOO_LARGE
            continue
        left -= len(body)
        inner = _READERS[ending](f"{name}!{_member_name(member)}", body)
        sections += inner.sections
        fault = fault or inner.fault
    return Attached(tuple(sections), fault)


def _member_name(member: zipfile.ZipInfo) -> str:
    """Japanese Windows writes names in cp932 without saying so; zipfile read them as cp437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return decode(member.filename.encode("cp437"))[0]
    except UnicodeEncodeError:
        return member.filename


_READERS: dict[str, Callable[[str, bytes], Attached]] = {
    "csv": _csv, "tsv": _csv, "txt": _text, "log": _text, "htm": _html, "html": _html, "pdf": _pdf,
    "zip": _zip,
}  # fmt: skip
_BY_KIND: dict[str, Callable[[str, bytes], Attached]] = {
    "text/csv": _csv, "text/comma-separated-values": _csv, "application/csv": _csv,
    "text/tab-separated-values": _csv, "text/plain": _text, "text/html": _html,
    "application/pdf": _pdf, "application/zip": _zip, "application/x-zip-compressed": _zip,
}  # fmt: skip
