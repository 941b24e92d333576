"""One way out for notices and for mails about accounts."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME

from hinomi.config import Config, SmtpServer
from hinomi.core.clock import SystemClock
from hinomi.portal.access.mail import ChannelBackend, mail_channel
from hinomi.rehearse.mailbox import Mailbox
from hinomi.respond.channels.channel import ChannelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.sockets


@pytest.fixture
def mailbox(data: Path, settings: SettingsWrapper) -> Iterator[Mailbox]:
    with Mailbox() as box:
        server = SmtpServer("127.0.0.1", box.smtp_port)
        settings.HINOMI = Config(data=data, clock=SystemClock(), smtp=server)
        yield box


def letter(*people: str) -> EmailMessage:
    return EmailMessage("件名", "あなたの番号は 123456 です", "tower@hinomi.example", [*people])


def test_a_mail_about_an_account_reaches_each_person(mailbox: Mailbox) -> None:
    assert ChannelBackend().send_messages([letter("a@aoba.example", "b@aoba.example")]) == 1
    assert [mail.recipients for mail in mailbox.mails] == [("a@aoba.example",), ("b@aoba.example",)]
    assert "123456" in mailbox.mails[0].text


def test_a_resolver_that_does_not_answer_keeps_no_mail_back(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """smtplib asks for this machine's name, which can take half a minute; nothing of ours may."""

    def silent(*_: object) -> str:
        raise AssertionError("asked the resolver who we are")

    monkeypatch.setattr(socket, "getfqdn", silent)
    monkeypatch.delattr(DNS_NAME, "_fqdn", raising=False)  # Django remembers the first answer
    assert ChannelBackend().send_messages([letter("a@aoba.example")]) == 1


def test_a_server_that_is_down_is_told_unless_silence_was_asked_for(mailbox: Mailbox) -> None:
    mailbox.__exit__()
    with pytest.raises(ChannelError, match="cannot be reached"):
        ChannelBackend().send_messages([letter("a@aoba.example")])
    assert ChannelBackend(fail_silently=True).send_messages([letter("a@aoba.example")]) == 0
    mailbox.__enter__()


def test_without_a_mail_server_nothing_is_sent() -> None:
    assert mail_channel() is None
    assert ChannelBackend().send_messages([letter("a@aoba.example")]) == 0
