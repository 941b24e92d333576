"""Hostile mails: whatever the bytes, a mail is read, put away or faulty, and soon."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.mail import MailReason
from hinomi.core.records import RawRecord
from hinomi.normalise import read_record
from hinomi.normalise.mail import ReadMail, read_mail
from hinomi.normalise.mail.attachments import read_attachment
from hinomi.normalise.mail.charsets import header_text, text_of
from hinomi.normalise.mail.html import from_html

FOLDER = Path(__file__).resolve().parents[3] / "goldens" / "mails"
MAILS = [path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))]
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_INSERTS = [b"\r\n", b"\x1b$B", b"=?utf-8?B?", b"\x00", b"<table>", b"</td>", b"--", b"\xff\xfe",
            b":", b"Content-Type: multipart/mixed; boundary=x\r\n", "名：".encode()]  # fmt: skip


def reading(raw: bytes) -> ReadMail:
    mail = read_mail(raw, mail="M", mailbox="box")
    for piece in mail.pieces[:20]:
        read_record(RawRecord("1", "o", "s", "mail", "Asia/Tokyo", receive_time=NOW, raw=piece.raw))
        assert len(piece.raw) < 1 << 20
    return mail


@settings(max_examples=150)
@given(st.sampled_from(MAILS), st.integers(0, 2**32))
def test_a_mail_with_broken_bytes_is_still_read(mail: bytes, seed: int) -> None:
    chance = random.Random(seed)
    broken = bytearray(mail)
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(broken))
        match chance.randrange(4):
            case 0:
                broken[at] = chance.randrange(256)
            case 1:
                del broken[at : at + chance.randrange(60)]
            case 2:
                broken[at:at] = chance.choice(_INSERTS)
            case 3:
                broken[at:at] = broken[at : at + 200]
    reading(bytes(broken))


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    reading(raw)
    header_text(raw.decode("utf-8", "surrogateescape"))
    text_of(raw, charset="iso-2022-jp")
    from_html("", raw.decode("latin-1"))
    for name in ("a.csv", "a.zip", "a.pdf", "a.html"):
        read_attachment(name, "", raw)


_DEEP = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000)
)


@pytest.mark.parametrize(
    "raw",
    [
        _DEEP,
        b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
        b"Subject: " + b"=?utf-8?B?" * 20_000 + b"\r\n\r\n",
        b"Subject: " + b"(" * 50_000 + b"\r\nFrom: " + b"(<," * 20_000 + b"\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 20_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div style='display:none'>" * 20_000,
        b"Content-Type: text/html\r\n\r\n<table><tr><td rowspan=9999 colspan=9999>x" * 200,
        b"Content-Type: text/plain\r\n\r\n" + b"a: b " * 100_000,
        b"Content-Type: text/plain\r\n\r\n" + b"\xe4\xbc\x9a\xe7\xa4\xbe\xe5\x90\x8d: x\n" * 20_000,
        b"Content-Type: text/plain\r\n\r\n" + b" | | | | " * 40_000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 20_000,
        b"\x1b$B" * 100_000,
    ],
    ids=["deep", "nested", "words", "brackets", "tables", "hidden", "spans", "pairs", "names",
         "bars", "parts", "escapes"],
)  # fmt: skip
def test_a_mail_made_to_hang_us_does_not(raw: bytes) -> None:
    began = time.process_time()
    reading(raw)
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("mark", ["<![CDETA[", "<![CDATA[<![%s%", "<![", "<![9", "<![x"])
def test_a_section_no_browser_knows_hides_nothing_of_a_mail(mark: str) -> None:
    """One such mark made a whole mail unreadable."""
    text = f"<p>検知しました</p>{mark}<p>あと</p><table><tr><td>端末</td><td>PC-1</td></tr></table>"
    section = from_html("", text)
    assert section.lines[0] == "検知しました"
    whole = b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + text.encode()
    assert reading(whole).fault is None


def test_too_many_parts_are_told() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 200
    assert reading(raw).fault is MailReason.TOO_MANY_PARTS
