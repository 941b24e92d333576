"""A mailbox with mails that wait, one with trouble, and lists of customers, for the screens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.mail import Claim, ClaimKind, MailHead, MailReason, MailState, Piece, PieceKind
from hinomi.portal.access.time import configuration, now
from hinomi.portal.mailboxes.models import Meaning
from hinomi.portal.mailboxes.services import (
    Connection,
    accept_sender,
    connect_mailbox,
    learn_route,
    mail_source,
    put_aside,
)
from hinomi.portal.rosters.services import bring, take_in
from hinomi.store.mailroom import MailRoom, Outcome, Settled

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.mailboxes.models import Mailbox
    from hinomi.portal.organisations.models import Firm, Organisation

LIST = """お客様一覧 2026年11月
会社名,ＴＥＬ,ご担当者,E-mail,UTM機種,製造番号,備考
桜庭商店,0300000011,桜庭 花,hana@sakura.example,FortiGate 40F,SN-SAKURA-1,
桜庭商店,,,,FortiGate 60F,SN-SAKURA-2,工場
㈱青葉工務店,03-0000-0012,,,,,
,03-0000-0013,,,,,
柏屋（{nasty}）,電話なし,,,なぞの箱,,
"""


@dataclass(frozen=True)
class PostOffice:
    """Ids of mailboxes and lists; `sender` and `claim` are mails that ask something."""

    box: str
    quiet_box: str
    sender: str
    claim: str
    roster: str
    unknown_roster: str
    taken: str


def fill(firm: Firm, person: User, company: Organisation, *, nasty: str) -> PostOffice:
    """As staff and collect leave them."""
    box = _connect(firm, person, "警報の受け箱")
    quiet = _connect(firm, person, "新しい箱")
    accept_sender(
        mailbox=box, address="alert@console.example", dkim_domain="console.example", user=person
    )
    source = mail_source(organisation_id=company.id, user_id=person.pk)
    learn_route(mailbox=box, kind="tenant", value=company.name, source=source, user=person)
    learn_route(mailbox=box, kind="serial", value=nasty[:200], source=source, user=None)
    put_aside(
        mailbox=box,
        kind="tenant",
        value="社内検証",
        meaning=Meaning.NOBODY,
        reason="試験の機器",
        user=person,
    )
    with MailRoom(configuration().data) as room:
        sender = _held(room, box, nasty)
        claim = _waiting(room, box, company, nasty)
        _delivered(room, box, company, source.id)
        _broken(room, box, nasty)
        room.looked(box.id, at=now() - timedelta(seconds=20), trouble="", fetched=12)
    raw = LIST.format(nasty=nasty.replace('"', "").replace(",", "")).encode()
    rosters = [
        bring(firm_id=firm.id, file_name=name, raw=raw if raw_is_known else UNKNOWN, user=person)
        for name, raw_is_known in (("お客様一覧.csv", True), ("みだしなし.csv", False))
    ]
    done = bring(firm_id=firm.id, file_name="前回の一覧.csv", raw=raw, user=person)
    take_in(roster=done, user=person)
    fresh = bring(firm_id=firm.id, file_name="お客様一覧.csv", raw=raw, user=person)
    fresh.mailbox = box
    fresh.save()
    return PostOffice(box.id, quiet.id, sender, claim, fresh.pk, rosters[1].pk, done.pk)


UNKNOWN = "甲,乙\n桜庭商店,03-0000-0011\n".encode()


def _connect(firm: Firm, person: User, name: str) -> Mailbox:
    wanted = Connection(
        name=name, kind="imap", address="alert@tower.example", host="imap.example.jp", user="alert"
    )
    return connect_mailbox(firm_id=firm.id, wanted=wanted, user=person)


def _keep(room: MailRoom, box: Mailbox, body: str, minutes: int) -> str:
    at = now() - timedelta(minutes=minutes)
    return room.keep(body.encode(), mailbox=box.id, digest=f"{box.id} {body} {minutes}", at=at)


def _held(room: MailRoom, box: Mailbox, nasty: str) -> str:
    body = f"From: edr@maker.example\r\nContent-Type: text/plain\r\n\r\n検出しました\r\n{nasty}"
    id_ = _keep(room, box, body, 50)
    head = MailHead(
        sender="edr@maker.example",
        sender_name="見守りソフト",
        subject=f"【通知】脅威を検出しました {nasty}",
        signed_by=("maker.example",),
    )
    reason = MailReason.UNKNOWN_SENDER
    room.judge(id_, outcome=Outcome(MailState.HELD, 1, reason=reason, head=head), at=now())
    return id_


def _waiting(room: MailRoom, box: Mailbox, company: Organisation, nasty: str) -> str:
    claims = (
        Claim(ClaimKind.TENANT, f"{company.name} 第二工場"),
        Claim(ClaimKind.SERIAL, "SN-AOBA-2"),
        Claim(ClaimKind.HOST, nasty[:60], is_sure=False),
    )
    for minutes in (40, 30):
        id_ = _keep(room, box, "waits", minutes)
        room.cut(
            id_,
            pieces=[Piece(1, PieceKind.ALERT, "ウイルス / SOUMU-01", claims, _raw(nasty))],
            outcome=_outcome(MailState.WAITING, MailReason.UNKNOWN_CLAIM),
            at=now(),
        )
    return id_


def _delivered(room: MailRoom, box: Mailbox, company: Organisation, source: str) -> None:
    for minutes in range(5, 25, 5):
        id_ = _keep(room, box, "delivered", minutes)
        piece = Piece(1, PieceKind.ALERT, "ウイルス", (), _raw(""))
        outcome = _outcome(MailState.WAITING, MailReason.NO_CLAIM)
        room.cut(id_, pieces=[piece], outcome=outcome, at=now())
        settled = Settled(1, MailState.DELIVERED, source=source, organisation=company.id)
        room.settle(id_, settled=[settled], generation=1, at=now())


def _broken(room: MailRoom, box: Mailbox, nasty: str) -> None:
    id_ = _keep(room, box, "broken", 15)
    head = MailHead(sender="utm@maker.example", subject=f"月次レポート {nasty}")
    outcome = Outcome(MailState.UNREADABLE, 1, reason=MailReason.LOCKED, head=head)
    room.judge(id_, outcome=outcome, at=now())


def _outcome(state: MailState, reason: MailReason) -> Outcome:
    head = MailHead(
        sender="alert@console.example",
        subject="【警報】ウイルス検出",
        signed_by=("console.example",),
    )
    return Outcome(state, 1, reason=reason, head=head)


def _raw(nasty: str) -> bytes:
    labels = [["テナント", "青葉工務店 第二工場"], ["コンピューター", "SOUMU-01"], ["処理", "隔離"]]
    return json.dumps({"labels": labels, "text": f"次のウイルスを見つけました。\n{nasty}"}).encode()
