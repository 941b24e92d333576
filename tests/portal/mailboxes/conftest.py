"""A mailbox of our firm with mails in every state, as collect leaves them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from hinomi.core.mail import Claim, ClaimKind, MailHead, MailReason, MailState, Piece, PieceKind
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import Mailbox, MailRoute, MailSender
from hinomi.store.mailroom import MailRoom, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal.town import Town

NASTY = '<img src="http://evil.example/x.png"><script>alert(1)</script>\u202e'


@dataclass(frozen=True)
class Post:
    """The mailbox, and a way to put mails into its room."""

    mailbox: Mailbox
    room: MailRoom

    def held(self, *, sender: str, signed_by: tuple[str, ...] = (), text: str = "本文") -> str:
        """A mail whose sender nobody accepted."""
        body = f"From: {sender}\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<p>{text}</p>"
        id_ = self._keep(body)
        head = MailHead(sender=sender, subject=f"知らせ {NASTY}", signed_by=signed_by)
        reason = MailReason.UNKNOWN_SENDER if signed_by else MailReason.NOT_SIGNED
        outcome = Outcome(MailState.HELD, -1, reason=reason, head=head)
        self.room.judge(id_, outcome=outcome, at=now())
        return id_

    def waiting(self, *claims: Claim, reason: MailReason = MailReason.UNKNOWN_CLAIM) -> str:
        """A mail with one piece that waits for a person."""
        id_ = self._keep(f"Subject: {claims} {len(self.all())}")
        raw = {"labels": [["会社", "どこか"]], "text": f"ウイルスを見つけました {NASTY}"}
        piece = Piece(1, PieceKind.ALERT, "ウイルス", claims, json.dumps(raw).encode())
        head = MailHead(sender="alert@console.example", subject="警報")
        outcome = Outcome(MailState.WAITING, -1, reason=reason, head=head)
        self.room.cut(id_, pieces=[piece], outcome=outcome, at=now())
        return id_

    def all(self) -> list[str]:
        """Ids of all mails."""
        found = self.room.mails(mailboxes=[self.mailbox.id], states=list(MailState))
        return [mail.id for mail in found]

    def _keep(self, text: str) -> str:
        digest = f"{len(self.all())} {text}"
        return self.room.keep(text.encode(), mailbox=self.mailbox.id, digest=digest, at=now())


def tenant(value: str) -> Claim:
    return Claim(ClaimKind.TENANT, value)


def serial(value: str) -> Claim:
    return Claim(ClaimKind.SERIAL, value)


@pytest.fixture
def post(town: Town, data: Path) -> Iterator[Post]:
    """青葉工務店's firm's mailbox, with nothing learned."""
    mailbox = town.aoba.mailbox
    MailRoute.objects.within_mailbox(mailbox).delete()
    MailSender.objects.within_mailbox(mailbox).delete()
    with MailRoom(data) as room:
        yield Post(mailbox, room)
