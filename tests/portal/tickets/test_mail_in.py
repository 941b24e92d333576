"""Mails to the desk: believed by proof only, once each, and no machine ever gets an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import join_organisation
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.mail_in import MOST_AN_HOUR, raw_path, take_in
from hinomi.portal.tickets.mail_reading import read_mail
from hinomi.portal.tickets.models import Attachment, IncomingMail, Ticket, TicketMessage
from hinomi.portal.tickets.services import Words
from hinomi.portal.tickets.tokens import mark
from tests.portal.desk_things import PIXEL
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

OWNER = "owner.own@example.jp"
SIGNED = ("example.jp",)


def mail(*, sender: str = OWNER, subject: str = "質問です", body: str = "教えてください。",
         head: str = "", name: str = "m1") -> bytes:  # fmt: skip
    return (
        f"From: =?utf-8?b?6JG1?= <{sender}>\r\nTo: desk@example.com\r\nSubject: {subject}\r\n"
        f"Message-ID: <{name}@example.jp>\r\n{head}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def take(town: Town, raw: bytes, signers: tuple[str, ...] = SIGNED) -> IncomingMail:
    return take_in(raw, firm_id=town.firm.id, signers=signers)


def texts(ticket: Ticket | None) -> list[str]:
    assert ticket is not None
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket)
    return list(rows.order_by("pk").values_list("text", flat=True))


def sent(town: Town) -> int:
    rows = Notice.objects.across_all(reason="nobody may get an answer")
    return rows.exclude(dedupe_key="opened").count()


def test_a_signed_mail_of_a_member_opens_a_ticket_once_and_is_confirmed(town: Town) -> None:
    first, again = take(town, mail()), take(town, mail())
    assert first.pk == again.pk
    assert texts(first.ticket) == ["教えてください。"]
    assert first.ticket is not None
    assert first.ticket.organisation_id == town.aoba.organisation.id
    (notice,) = Notice.objects.of(first.ticket.organisation_id).filter(
        incident_number=first.ticket.number
    )
    assert notice.to == OWNER


def test_our_token_proves_the_person_without_any_signature(town: Town) -> None:
    ticket, owner = town.aoba.ticket, town.people["owner", "own"]
    proof = mark(ticket.number, user_id=owner.pk)
    took = take(town, mail(subject=f"Re: 返事 {proof}"), ())
    assert took.ticket == ticket
    assert texts(ticket)[-1] == "教えてください。"


def test_an_answer_finds_its_thread_by_our_message_id(town: Town) -> None:
    ticket, owner = town.aoba.ticket, town.people["owner", "own"]
    desk.reply(
        ticket=ticket, version=ticket.version, words=Words(text="答え", author=owner),
        user=town.people["desk", "own"],
    )  # fmt: skip
    notice = Notice.objects.of(ticket.organisation_id).filter(incident_number=ticket.number)[0]
    head = f"In-Reply-To: <{notice.message_id}>\r\n"
    assert take(town, mail(subject="Re:", head=head)).ticket == ticket


@pytest.mark.parametrize("signers", [(), ("evil.example",)])
def test_a_known_name_without_proof_waits(town: Town, signers: tuple[str, ...]) -> None:
    before = texts(town.aoba.ticket)
    took = take(town, mail(subject=f"[{town.aoba.ticket.number}]"), signers)
    assert (took.outcome, took.reason) == ("waiting", "not_proved")
    assert texts(town.aoba.ticket) == before
    assert sent(town) == 0


def test_tokens_of_others_and_guessed_ones_prove_nothing(town: Town) -> None:
    number = town.aoba.ticket.number
    other = mark(number, user_id=town.people["staff", "own"].pk)
    elsewhere = mark(town.fumi.ticket.number, user_id=town.people["owner", "own"].pk)
    stolen = elsewhere.replace(town.fumi.ticket.number, number)
    for at, subject in enumerate((other, stolen, f"[{number}-AAAAAAAAAA]")):
        took = take(town, mail(subject=subject, name=f"t{at}"), ())
        assert (took.outcome, took.reason) == ("waiting", "not_proved"), subject


def test_a_member_never_writes_into_another_company_s_thread(town: Town) -> None:
    before = texts(town.fumi.ticket)
    took = take(town, mail(subject=f"[{town.fumi.ticket.number}]"))
    assert (took.outcome, took.reason) == ("waiting", "other_thread")
    assert texts(town.fumi.ticket) == before


def test_strangers_and_customers_of_other_firms_wait(town: Town) -> None:
    for at, sender in enumerate(("x@evil.example", "owner.other-firm@example.jp")):
        took = take(town, mail(sender=sender, name=f"s{at}"), ("evil.example", "example.jp"))
        assert (took.outcome, took.reason) == ("waiting", "unknown_sender")
    assert sent(town) == 0


def test_a_stranger_who_knows_a_message_id_cannot_take_a_real_mail_s_place(town: Town) -> None:
    take(town, mail(), ())
    assert take(town, mail()).outcome == "thread"


def test_who_belongs_to_two_companies_is_asked_about(town: Town) -> None:
    join_organisation(
        user=town.people["owner", "own"], organisation=town.fumi.organisation, role="staff"
    )
    assert take(town, mail()).reason == "which_company"


@pytest.mark.parametrize(
    ("head", "subject", "reason"),
    [
        ("Auto-Submitted: auto-replied\r\n", "x", "auto_reply"),
        ("Auto-Submitted: auto-generated\r\n", "x", "auto_reply"),
        ("Precedence: bulk\r\n", "x", "auto_reply"),
        ("X-Auto-Response: yes\r\n", "x", "auto_reply"),
        ("X-Autoreply: yes\r\n", "x", "auto_reply"),
        ("List-Id: <a.example>\r\n", "x", "auto_reply"),
        ("", "自動応答：不在です", "auto_reply"),
        ("", "Out of Office: x", "auto_reply"),
        ("Return-Path: <>\r\n", "x", "bounce"),
        ("Received: by a\r\n" * 40, "x", "loop"),
    ],
)
def test_machines_are_put_away_and_never_answered(
    town: Town, head: str, subject: str, reason: str
) -> None:
    took = take(town, mail(head=head, subject=subject))
    assert (took.outcome, took.reason) == ("put_away", reason)
    assert took.ticket is None
    assert sent(town) == 0


def test_a_person_s_mail_is_not_taken_for_a_machine_s(town: Town) -> None:
    head = "Auto-Submitted: no\r\nX-Auto-Response-Suppress: All\r\nPrecedence: normal\r\n"
    assert take(town, mail(head=head, subject="自動ドアの話")).outcome == "thread"


def test_bounces_and_our_own_mails_that_come_back_are_put_away(
    town: Town, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(mail_from="まちの見守り <desk@mimamori.example>")
    daemon = take(town, mail(sender="MAILER-DAEMON@example.jp"))
    assert daemon.reason == "bounce"
    assert take(town, mail(sender="desk@mimamori.example", name="o")).reason == "own_mail"
    took = take(town, mail(name="first"))
    assert took.ticket is not None
    notice = Notice.objects.of(town.aoba.organisation.id).get(incident_number=took.ticket.number)
    back = mail().replace(b"m1@example.jp", notice.message_id.encode())
    assert take(town, back).reason == "own_mail"


def test_more_than_ten_mails_an_hour_of_one_sender_wait(town: Town) -> None:
    """Two machines that answer each other with a valid proof stop here."""
    proof = mark(town.aoba.ticket.number, user_id=town.people["owner", "own"].pk)
    taken = [take(town, mail(subject=proof, name=f"n{n}"), ()) for n in range(MOST_AN_HOUR + 5)]
    assert [each.outcome for each in taken].count("thread") == MOST_AN_HOUR
    assert {each.reason for each in taken[MOST_AN_HOUR:]} == {"too_many"}


def test_two_senders_or_two_subjects_are_held(town: Town) -> None:
    for at, head in enumerate((f"From: <{OWNER}>\r\n", "Subject: 別の件\r\n")):
        assert take(town, mail(head=head, name=f"d{at}")).reason == "double_head"


def parts(*each: str, name: str = "p1") -> bytes:
    body = "".join(f"--B\r\n{part}\r\n" for part in each)
    head = mail(name=name).split(b"Content-Type")[0]
    return head + f"Content-Type: multipart/mixed; boundary=B\r\n\r\n{body}--B--\r\n".encode()


def test_hostile_html_becomes_bare_words(town: Town) -> None:
    page = (
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
        "<html><head><title>t</title><style>p{}</style></head><body onload=alert(1)>"
        '<p>画面が<b>赤い</b>です</p><img src="http://evil.example/pixel.gif">'
        "<script>steal()</script><div style='display:none'>隠れた</div>"
        '<a href="javascript:alert(1)">ここ</a><form action=//evil.example><input></form>'
    )
    took = take(town, parts(page))
    (text,) = texts(took.ticket)
    assert "画面が赤いです" in text
    for hidden in ("<", "evil.example", "steal", "javascript", "隠れた", "onload"):
        assert hidden not in text
    assert took.ticket is not None
    shown = sign_in(town.people["desk", "own"]).get(f"/tickets/{took.ticket.number}/")
    assert "evil.example" not in shown.content.decode()


def test_attachments_are_told_by_their_bytes_and_others_set_aside(town: Town) -> None:
    def attached(name: str, raw: bytes, kind: str) -> str:
        from base64 import b64encode

        return (
            f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{b64encode(raw).decode()}"
        )

    took = take(town, parts(
        "Content-Type: text/plain\r\n\r\nphoto",
        attached("../../etc/passwd.png", PIXEL, "application/octet-stream"),
        attached("photo.png", b"MZ\x90virus", "image/png"),
        attached("a.svg", b"<svg/onload=alert(1)>", "image/svg+xml"),
    ))  # fmt: skip
    assert took.ticket is not None
    rows = Attachment.objects.of(town.aoba.organisation.id).filter(message__ticket=took.ticket)
    found = {row.name: (row.kind, row.set_aside) for row in rows}
    assert found == {
        "../../etc/passwd.png": ("png", ""),
        "photo.png": ("", "other_kind"),
        "a.svg": ("", "other_kind"),
    }
    assert all(len(row.sha256) == 64 for row in rows)


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        ("相談です①㈱".encode("iso2022_jp_3", "replace"), "iso-2022-jp"),
        ("添付を開きました①㈱".encode("cp932"), ""),
        ("添付を開きました".encode("euc_jp"), "euc-jp"),
        ("添付を開きました".encode("cp932"), "us-ascii"),
    ],
)
def test_any_japanese_charset_is_read(raw: bytes, charset: str) -> None:
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    whole = f"From: a@b.example\r\nContent-Type: {kind}\r\n\r\n".encode() + raw
    assert any(word in read_mail(whole).text for word in ("相談です", "添付を開きました"))


def test_monsters_are_limited_with_their_reason_and_in_time(town: Town) -> None:
    begun = time.monotonic()
    many = parts(*["Content-Type: text/plain\r\n\r\nx"] * 5_000)
    deep = mail(name="deep").split(b"Content-Type")[0]
    for level in range(200):
        deep += f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n".encode()
    huge = mail(name="huge") + b"x" * (26 * 1024 * 1024)
    reasons = [take(town, each).reason for each in (many, deep, huge)]
    assert reasons == ["too_many_parts", "too_many_parts", "too_large"]
    assert take(town, b"\x00\xff" * 1_000).outcome == "waiting"
    assert take(town, b"").outcome == "waiting"
    assert time.monotonic() - begun < 20


def test_the_quoted_end_of_an_answer_is_left_out() -> None:
    body = (
        "抜きました。\r\n\r\n2026年11月22日 窓さんは書きました:\r\n> 線を抜いてください。\r\n> \r\n"
    )
    assert read_mail(mail(body=body)).text == "抜きました。"


def test_the_desk_sorts_a_waiting_mail_once_and_its_copy_goes(town: Town) -> None:
    took = take(town, mail(sender="new@aoba.example"), ())
    path = raw_path(took)
    assert path.is_file()
    staff = sign_in(town.people["desk", "own"])
    assert "質問です" in staff.get("/tickets/mails/").content.decode()
    url = f"/tickets/mails/{took.pk}/"
    assert staff.post(url, {"number": town.umi.ticket.number}).status_code == 422
    assert staff.post(url, {"company": "ない会社"}).status_code == 422
    for _ in range(2):
        assert staff.post(url, {"number": town.aoba.ticket.number}).status_code == 302
    assert texts(town.aoba.ticket).count("教えてください。") == 1
    assert sent(town) == 0


def test_a_waiting_mail_is_put_away_by_a_person(town: Town) -> None:
    took = take(town, mail(sender="spam@evil.example"), ())
    staff = sign_in(town.people["desk", "own"])
    staff.post(f"/tickets/mails/{took.pk}/", {"away": "yes"})
    took.refresh_from_db()
    assert (took.outcome, took.text) == ("put_away", "")
    other = sign_in(town.people["desk", "other firm"])
    assert other.get(f"/tickets/mails/{took.pk}/").status_code == 404
