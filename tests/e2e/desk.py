"""Who is on duty, who asked for help and by which ways we reach people, in the scenery."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hinomi.business.incoming_calls import Heard
from hinomi.business.stopping import Alone, StopLine
from hinomi.portal.access.time import now
from hinomi.portal.calls.exchanges import add
from hinomi.portal.calls.models import IncomingCall, Speaks
from hinomi.portal.calls.ringing import tell
from hinomi.portal.calls.telling import Told
from hinomi.portal.duties import stops
from hinomi.portal.duties.models import Slot
from hinomi.portal.forgeries.services import report
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.services import set_contact_phone
from hinomi.portal.tickets.faxes import path_of
from hinomi.portal.tickets.models import FaxMatch, FaxReturn, TicketKind
from hinomi.portal.tickets.services import Words, open_ticket, press_help
from hinomi.portal.ways.services import Wanted, connect
from hinomi.respond.channels.channel import Message
from hinomi.respond.sheets import fax_sheet
from hinomi.respond.sheets.returned import pictures_of

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm, Organisation


@dataclass(frozen=True)
class Desk:
    """What there is to open: 受付番号 and ids."""

    urgent: str
    question: str
    way: str
    exchange: str
    fax: int


def open_desk(
    firm: Firm, company: Organisation, owner: User, *, analyst: User, manager: User, nasty: str
) -> Desk:
    """A week of duty, a call for help, a question with hostile words, a way out."""
    _rota(firm, analyst, manager)
    urgent = press_help(organisation_id=company.id, choice="screen", user=owner)
    question = open_ticket(
        organisation_id=company.id,
        kind=TicketKind.QUESTION,
        subject=f"退職した人のパソコンについて {nasty}",
        words=Words(
            text=f"先週やめた人のパソコンを、新しい人に渡してよいですか。\n{nasty}", author=owner
        ),
    )
    report(
        organisation_id=company.id,
        way="mail",
        text=f"【重要】すぐにパスワードを入力してください http://evil.example {nasty}",
        did_something=True,
        user=owner,
    )
    _stops(company, owner, nasty)
    return Desk(
        urgent=urgent.number,
        question=question.number,
        way=_way(firm, manager),
        exchange=_exchange(firm, company, manager),
        fax=_fax(firm, company, nasty),
    )


def _fax(firm: Firm, company: Organisation, nasty: str) -> int:
    """Our own sheet, sent back; it lies at the newest incident and waits to be read."""
    incident = Incident.objects.of(company.id).filter(closed_at=None).latest("opened_at")
    sheet = fax_sheet(
        Message(
            to="0", subject="今すぐ：パソコンを止めてください", message_id="fax@hinomi",
            body_text="この順に行ってください。\nLANのケーブルを抜いてください。",
            phone="03-1234-5678", number=incident.number,
        ),
        service_name="まちの見守り", back="03-1111-2222",
    )  # fmt: skip
    pages = pictures_of(sheet)
    row = FaxReturn.objects.of_firm(firm.id).create(
        firm_id=firm.id, digest="a" * 64, sender="fax@fax.example", subject=f"FAX受信 {nasty}",
        file_name="0312345678.pdf", pages=len(pages), organisation=company, incident=incident,
        matched=FaxMatch.PHONE,
    )  # fmt: skip
    for place, picture in enumerate(pages, start=1):
        path = path_of(row, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    return int(row.pk)


def _stops(company: Organisation, owner: User, nasty: str) -> None:
    """An agreement of one line, and a newer proposal of two."""
    line = StopLine(
        thing=f"受注サーバー {nasty}", cost="受注が半日止まる。1日で約30万円", alone=Alone.PERSON,
        since=time(18), until=time(8), decider="青葉 太郎", phone="09012345678",
        deputy="青葉 花子", deputy_phone="0312345678",
    )  # fmt: skip
    stops.prepare(organisation_id=company.id, lines=[line], seen=0, user_id=owner.pk)
    stops.agree(organisation_id=company.id, seen=1, user=owner)
    more = replace(line, thing="社内の無線LAN", alone=Alone.MACHINE, since=None, until=None)
    stops.prepare(organisation_id=company.id, lines=[line, more], seen=1, user_id=owner.pk)


def _exchange(firm: Firm, company: Organisation, manager: User) -> str:
    """One that told of a call of the company's number, which runs, and of two that nobody
    answered."""
    set_contact_phone(organisation_id=company.id, phone="03-1234-5678")
    exchange, _ = add(firm_id=firm.id, name="本社の電話", speaks=Speaks.JSON, user=manager)
    for name, number, kinds in (
        ("runs", "03-1234-5678", (Heard.RINGING, Heard.ANSWERED)),
        ("lost", "090-1234-5678", (Heard.MISSED,)),
        ("again", "090-1234-5678", (Heard.MISSED,)),
    ):
        tell(exchange=exchange, told=Told(name, name, kinds, number, "0312340000", now()))
    missed = IncomingCall.objects.of_firm(firm.id).filter(name__in=("lost", "again"))
    missed.update(due_at=None, missed_at=now())
    return exchange.pk


def _rota(firm: Firm, analyst: User, manager: User) -> None:
    """From yesterday over a week, one after the other, with a gap on the fourth day."""
    start = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    for day in range(8):
        if day == 4:
            continue
        for order, who in (("first", analyst), ("chief", manager)):
            Slot.objects.create(
                firm=firm,
                order=order,
                user=who,
                starts_at=start + timedelta(days=day),
                ends_at=start + timedelta(days=day + 1),
                phone="03-1234-5678",
                published_at=start,
            )


def _way(firm: Firm, manager: User) -> str:
    wanted = Wanted(
        maker="webhook",
        options={"url": "https://board.example/hinomi"},
        secrets={"key": "whsec_" + base64.b64encode(b"k" * 32).decode()},
        monthly_quota=1000,
        unit_yen=Decimal("0.5"),
    )
    return connect(firm_id=firm.id, wanted=wanted, user=manager).pk
