"""A mail cannot be bent by what stands in a log, and says only what the page says."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.respond.channels.channel import ChannelError, Message
from hinomi.respond.channels.mail import (
    _is_policy,
    compose,
    incident_body,
    incident_html,
    incident_subject,
)
from hinomi.respond.text import TextFacts, build

if TYPE_CHECKING:
    from email.message import EmailMessage

    from hinomi.respond.text import CustomerText

HOSTILE = "\x1b[31m<script>\r\nBcc: thief@evil.example\r\n\r\nhttps://evil.example {x}"
URL = "https://tower.example/incidents/K-2041/"
AT = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)


@pytest.fixture
def text(facts: TextFacts) -> CustomerText:
    return build("c2_communication", facts=facts, service_name="まちの見守り", phone="03-0000-0000")


def sent(**changes: str) -> EmailMessage:
    values = {"to": "aoi@aoba.example", "subject": "件名", "body_text": "本文", "message_id": "a@b"}
    message = Message(**(values | changes))
    raw = compose(message, sender="見守り <tower@hinomi.example>", sent_at=AT).as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_the_subject_names_service_urgency_headline_and_company(text: CustomerText) -> None:
    subject = incident_subject(text, service_name="まちの見守り", company="青葉工務店")
    assert subject == "【まちの見守り】今すぐ：攻撃者のサーバーと通信したと見ています｜青葉工務店"
    again = incident_subject(
        text, service_name="まちの見守り", company="青葉工務店", is_repeat=True
    )
    assert again == "【再送】" + subject


def test_the_body_ends_with_the_password_rule_and_links_to_the_page_only(
    text: CustomerText,
) -> None:
    body = incident_body(text, url=URL)
    assert body.rstrip().endswith("こちらからパスワードや暗証番号は聞きません。")
    assert body.count("http") == 1
    assert URL in body
    assert "http" not in incident_body(text, url="")


@pytest.mark.parametrize("header", ["subject", "message_id"])
def test_a_line_break_in_a_value_starts_no_header(header: str) -> None:
    mail = sent(**{header: HOSTILE})
    assert mail["Bcc"] is None
    assert mail.get_content().strip() == "本文"
    assert "\x1b" not in str(mail["Subject"])


def test_a_recipient_with_a_line_break_is_refused_for_good() -> None:
    with pytest.raises(ChannelError) as caught:
        sent(to="a@b.example\r\nBcc: thief@evil.example")
    assert caught.value.permanent


def test_the_html_part_shows_a_hostile_name_as_text(facts: TextFacts) -> None:
    bent = TextFacts(
        **{name: getattr(facts, name) for name in facts.__slots__ if name != "device"},
        device="<img src=x onerror=alert(1)>",
    )
    built = build("malware_on_pc", facts=bent, service_name="まちの見守り")
    html = incident_html(built, url=URL)
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert html.count("<a ") == 1
    assert "<script" not in html
    assert "style" not in html


def test_the_message_id_and_the_machines_mark_are_set() -> None:
    mail = sent()
    assert mail["Message-ID"] == "<a@b>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == "aoi@aoba.example"


def old_mail(**changes: str) -> bytes:
    values = {"to": "aoi@aoba.example", "subject": "件名", "body_text": "本文", "message_id": "a@b"}
    message = Message(**(values | changes))
    return compose(
        message, sender="見守り髙 <tower@hinomi.example>", sent_at=AT, charset="iso-2022-jp"
    ).as_bytes()


def test_an_old_mail_says_the_same_in_its_own_letters() -> None:
    raw = old_mail(subject="①髙橋さんの～通信｜青葉", body_text="髙橋さん😀\n二行目\n")
    assert raw.isascii()
    assert b"utf-8" not in raw.lower()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Subject"] == "(1)高橋さんの〜通信｜青葉"
    assert str(mail["From"]) == "見守り高 <tower@hinomi.example>"
    assert mail.get_content_charset() == "iso-2022-jp"
    assert mail["Content-Transfer-Encoding"] == "7bit"
    assert mail.get_content().split() == ["高橋さん〓", "二行目"]


def test_no_line_of_an_old_mail_is_longer_than_mail_allows() -> None:
    raw = old_mail(subject="あ" * 300, body_text="あ" * 5_000)
    assert max(len(line) for line in raw.splitlines()) < 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail.get_content().strip() == "あ" * 5_000


@pytest.mark.parametrize("header", ["subject", "message_id"])
def test_a_line_break_in_an_old_mail_starts_no_header(header: str) -> None:
    mail = email.message_from_bytes(old_mail(**{header: HOSTILE}), policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail.get_content().strip() == "本文"


def test_broken_halves_of_letters_do_not_stop_a_mail() -> None:
    assert sent(body_text="前\ud83d後").get_content().strip() == "前後"


LONG = f"{'A' * 90}@TYAPR01MB1234.jpnprd01.prod.outlook.com"


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_a_mail_names_those_before_it_whole_and_nothing_that_bends_a_header(charset: str) -> None:
    message = Message(
        to="aoi@aoba.example", subject="件名", body_text="本文", message_id="c@d",
        refers_to=(LONG, "x@y>\r\nBcc: all", "a b@c", "=?utf-8?q?x@y", "b+c=d@e"),
    )  # fmt: skip
    raw = compose(message, sender="tower@hinomi.example", sent_at=AT, charset=charset).as_bytes()
    mail = email.message_from_bytes(raw)
    assert mail["In-Reply-To"] == "<b+c=d@e>"
    assert mail["References"].split() == [f"<{LONG}>", "<b+c=d@e>"]
    assert mail["Bcc"] is None
    assert b"In-Reply-To" not in compose(
        Message(to="aoi@aoba.example", subject="x", body_text="x", message_id="a@b"),
        sender="tower@hinomi.example", sent_at=AT, charset=charset,
    ).as_bytes()  # fmt: skip


@pytest.mark.parametrize(
    ("said", "is_about_it"),
    [
        (b"5.1.1 no such user", True), ("unknown user", True), (b"5.2.1 disabled", True),
        (b"5.7.1 relay denied", False), (b"5.2.2 mailbox full", False),
    ],
)  # fmt: skip
def test_a_refused_recipient_is_about_the_address_unless_the_server_says_otherwise(
    said: bytes | str, is_about_it: bool
) -> None:
    assert _is_policy(said) is not is_about_it
