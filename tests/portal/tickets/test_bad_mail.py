"""Mails that mean harm, or nobody wrote: the desk reads what a person may have meant, answers no
machine, opens no file, and shows what was hidden."""

from __future__ import annotations

import io
import time
import zipfile
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.notices.models import Notice
from hinomi.portal.tickets.mail_reading import read_mail
from hinomi.portal.tickets.models import Attachment
from hinomi.portal.tickets.photos import path_of
from tests.portal.desk_things import PIXEL
from tests.portal.tickets.test_mail_in import mail, parts, sent, take, texts
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal.town import Town

# A name that shows as exe.gpj, one that shows as nothing, one that pretends to be another.
HIDDEN = "\u202e\u200b\u2066\u00ad\ufeff"


@pytest.mark.parametrize(
    "head",
    [
        "X-Loop: desk@example.com\r\n", "Precedence: list\r\n", "Precedence: junk\r\n",
        "Precedence: auto_reply\r\n", "Auto-Submitted: auto-notified\r\n",
        "Auto-Submitted: Auto-Replied; owner-email=x\r\n", "X-Mail-Autoreply: 1\r\n",
        "Return-Path: < >\r\n", "Content-Type: multipart/report; boundary=x\r\n",
    ],
)  # fmt: skip
def test_every_mark_of_a_machine_is_heeded(town: Town, head: str) -> None:
    took = take(town, mail(head=head))
    assert (took.outcome, took.ticket, sent(town)) == ("put_away", None, 0)


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON", "postmaster@example.jp", "no-reply@example.jp"]
)
def test_daemons_are_never_answered(town: Town, sender: str) -> None:
    took = take(town, mail(sender=sender))
    assert (took.outcome, took.ticket, sent(town)) == ("put_away", None, 0)


@pytest.mark.parametrize("head", [b"From: <>\r\n", b"From: \r\n", b""])
def test_a_mail_of_nobody_is_answered_to_nobody(town: Town, head: bytes) -> None:
    whole = mail()
    without = head + whole.split(b"\r\n", 1)[1]
    took = take(town, without)
    assert (took.outcome, took.ticket, sent(town)) == ("waiting", None, 0)


def test_our_receipt_sent_back_and_forth_ends_at_once(town: Town) -> None:
    """A mailbox that answers each mail with a mail: its answers are marked, or too many."""
    took = take(town, mail())
    assert took.ticket is not None
    (receipt,) = Notice.objects.of(town.aoba.organisation.id).filter(
        incident_number=took.ticket.number
    )
    for turn in range(5):
        echo = mail(subject=f"Re: {receipt.subject}", name=f"echo{turn}", head="X-Loop: a@b\r\n")
        assert take(town, echo, ()).outcome == "put_away"
    assert sent(town) == 1


def _attached(name: str, raw: bytes, kind: str = "application/octet-stream") -> str:
    return (
        f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{b64encode(raw).decode()}"
    )


def _bomb() -> bytes:
    """A zip of zips: 42 KB here, gigabytes for whoever opens it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", b"\0" * 20_000_000)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(50):
            packed.writestr(f"{number}.zip", inner.getvalue())
    return outer.getvalue()


def test_a_zip_bomb_is_never_opened_and_a_program_never_kept(town: Town, data: Path) -> None:
    program = b"MZ\x90\x00" + b"virus" * 100
    whole = parts(
        "Content-Type: text/plain; charset=utf-8\r\n\r\n見てください",
        _attached("report.zip", _bomb(), "application/zip"),
        _attached("photo.jpg", program, "image/jpeg"),
        _attached("photo.jpg.exe", program),
        _attached("real.png", PIXEL, "image/png"),
    )
    begun = time.process_time()
    took = take(town, whole)
    assert time.process_time() - begun < 10
    assert took.ticket is not None
    rows = Attachment.objects.of(took.ticket.organisation_id).filter(message__ticket=took.ticket)
    assert {row.name: row.set_aside for row in rows} == {
        "report.zip": "other_kind",
        "photo.jpg": "other_kind",
        "photo.jpg.exe": "other_kind",
        "real.png": "",
    }
    kept = path_of(took.ticket.organisation_id, rows.get(name="real.png").pk)
    files = [each for each in kept.parent.iterdir() if each.is_file()]
    assert [each.name for each in files if b"virus" in each.read_bytes()] == []
    assert kept in files


def test_what_runs_backwards_or_hides_is_shown_and_sent_to_nobody(town: Town) -> None:
    subject = f"請求書{HIDDEN}gpj.exe"
    encoded = f"=?utf-8?b?{b64encode(subject.encode()).decode()}?="
    took = take(town, mail(subject=encoded, body=f"開いて{HIDDEN}ください"))
    assert took.ticket is not None
    assert took.ticket.subject == "請求書gpj.exe"
    (text,) = texts(took.ticket)
    page = sign_in(town.people["desk", "own"]).get(f"/tickets/{took.ticket.number}/")
    own = sign_in(town.people["owner", "own"]).get(f"/consultations/{took.ticket.number}/")
    for shown in (page.content.decode(), own.content.decode()):
        assert not set(HIDDEN) & set(shown)
        assert "⟨U+202E⟩" in shown or not set(HIDDEN) & set(text)
    for notice in Notice.objects.of(town.aoba.organisation.id).filter(
        incident_number=took.ticket.number
    ):
        assert not set(HIDDEN) & set(notice.subject + notice.body_text + (notice.body_html or ""))


@pytest.mark.parametrize(
    "charset", ["zip", "unicode_escape", "idna", "rot13", "x" * 300, "utf-7", ""]
)
def test_a_charset_that_lies_stops_nothing(charset: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert read_mail(head + "画面が赤い".encode()).text == "画面が赤い"
    assert read_mail(head + b"\x80\xff\x1b$B" * 1_000).fault in ("", "broken_mail")


def test_remote_pictures_and_forms_never_reach_a_screen(town: Town) -> None:
    page = (
        "Content-Type: text/html; charset=utf-8\r\n\r\n<!-- <p>隠れた言葉</p> "
        "--><p>本文</p><img src=//evil.example/p.gif srcset='//evil.example/2x 2x'>"
        "<link rel=stylesheet href=//evil.example/a.css><iframe src=//evil.example></iframe>"
        "<svg onload=alert(1)><base href=//evil.example/><meta http-equiv=refresh content=0>"
        "<p style='background:url(//evil.example/b)'>続き</p><!-- 閉じない <p>見えない</p>"
    )
    took = take(town, parts(page))
    assert took.ticket is not None
    (text,) = texts(took.ticket)
    assert text.split() == ["本文", "続き"]
    shown = sign_in(town.people["desk", "own"]).get(f"/tickets/{took.ticket.number}/")
    assert "evil.example" not in shown.content.decode()
