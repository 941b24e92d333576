"""Who is believed: a sender that a person accepted, signed by the domain that goes with it."""

from __future__ import annotations

import pytest

from hinomi.collect.mail.digest import digest_of
from hinomi.collect.mail.senders import Acceptance, accept, aligned
from hinomi.collect.mail.signatures import signers_told
from hinomi.core.directory import MailSender
from hinomi.core.mail import MailHead, MailReason

SENDERS = (
    MailSender("box", "alert@console.example.jp", "console.example.jp", "eset"),
    MailSender("box", "@utm.example.jp", "utm.example.jp"),
    MailSender("box", "news@shop.example.jp", "", "ignore"),
)


def judged(sender: str, *signed_by: str, is_double: bool = False) -> Acceptance:
    return accept(
        MailHead(sender=sender, signed_by=signed_by), senders=SENDERS, is_double=is_double
    )


def test_an_accepted_and_signed_sender_is_believed() -> None:
    assert judged("alert@console.example.jp", "console.example.jp") == Acceptance(format="eset")
    assert judged("fw7@utm.example.jp", "utm.example.jp") == Acceptance(format="auto")


@pytest.mark.parametrize(
    ("sender", "signed_by", "reason"),
    [
        ("alert@console.example.jp.evil.example", "evil.example", MailReason.UNKNOWN_SENDER),
        ("", "console.example.jp", MailReason.UNKNOWN_SENDER),
        ("utm.example.jp", "utm.example.jp", MailReason.UNKNOWN_SENDER),
        ("x@evil-utm.example.jp", "evil-utm.example.jp", MailReason.UNKNOWN_SENDER),
        ("alert@console.example.jp", "", MailReason.NOT_SIGNED),
        ("alert@console.example.jp", "utm.example.jp", MailReason.OTHER_SIGNER),
    ],
)
def test_others_are_held(sender: str, signed_by: str, reason: MailReason) -> None:
    signers = (signed_by,) if signed_by else ()
    assert judged(sender, *signers).held is reason


def test_a_double_head_line_is_held_and_an_ignored_sender_put_away() -> None:
    double = judged("alert@console.example.jp", "console.example.jp", is_double=True)
    assert double.held is MailReason.DOUBLE_HEAD
    assert judged("news@shop.example.jp").put_away is MailReason.BY_PERSON


@pytest.mark.parametrize(
    ("signer", "speaks"),
    [
        ("console.example.jp", True),
        ("example.jp", True),
        ("mail.console.example.jp", True),
        ("jp", False),
        ("evil.example", False),
        ("evilconsole.example.jp", False),
    ],
)
def test_a_signature_speaks_for_its_own_domain_only(signer: str, speaks: bool) -> None:
    assert bool(aligned([signer], sender="alert@console.example.jp")) is speaks


_TOLD = (
    b"Authentication-Results: mx.example.jp;\r\n"
    b" dkim=pass (2048-bit key) header.d=console.example.jp;\r\n"
    b" dkim=fail header.d=other.example; spf=pass\r\n"
)


def test_the_mailboxs_own_server_is_believed_and_no_other() -> None:
    mail = _TOLD + b"From: a@console.example.jp\r\n\r\nbody"
    assert signers_told(mail, server="mx.example.jp").domains == ("console.example.jp",)
    assert signers_told(mail, server="mx.other.example").domains == ()
    assert signers_told(mail, server="mx.example.j").domains == ()


def test_only_the_newest_line_of_that_server_counts_and_none_from_the_body() -> None:
    failed = b"Authentication-Results: mx.example.jp; dkim=none\r\n"
    assert signers_told(failed + _TOLD + b"\r\nx", server="mx.example.jp").domains == ()
    assert signers_told(b"From: a\r\n\r\n" + _TOLD, server="mx.example.jp").domains == ()
    comment = (
        b"Authentication-Results: mx.example.jp; x=y (dkim=pass header.d=evil.example)\r\n\r\n"
    )
    assert signers_told(comment, server="mx.example.jp").domains == ()


def test_what_servers_add_on_the_way_makes_no_other_mail_and_a_signature_does() -> None:
    mail = b"Message-ID: <1@x>\r\nDate: d\r\nFrom: a\r\n\r\nbody\r\n"
    one = digest_of(mail, recipient="")
    assert digest_of(b"Received: by y\r\n" + mail, recipient="") == one
    assert digest_of(mail.replace(b"\r\n", b"\n"), recipient="") == one
    assert digest_of(b"DKIM-Signature: s\r\n" + mail, recipient="") != one
    assert digest_of(mail, recipient="soc+aoi@example.jp") != one
    assert digest_of(mail.replace(b"body", b"bodY"), recipient="") != one


def test_a_mail_without_date_and_number_repeats_only_within_its_day() -> None:
    mail = b"From: a\r\nSubject: alive\r\n\r\nok"
    one = digest_of(mail, recipient="", day="1")
    assert digest_of(mail, recipient="", day="1") == one
    assert digest_of(mail, recipient="", day="2") != one
