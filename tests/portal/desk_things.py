"""One of everything that the desk and the people it serves have, for the town's companies."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.portal.calls.exchanges import add as add_exchange
from hinomi.portal.calls.models import FirstCall, IncomingCall, Speaks
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.duties.models import StopSheet
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.desk_rows import BulkRow, BulkRun, SavedView
from hinomi.portal.organisations.models import Engagement
from hinomi.portal.practices.models import Asked, Ending, Exercise, Run
from hinomi.portal.rejudgings.models import Draw, Rejudging
from hinomi.portal.tickets.faxes import path_of
from hinomi.portal.tickets.models import FaxReturn, IncomingMail, MailOutcome, TicketKind
from hinomi.portal.tickets.photos import keep, photograph
from hinomi.portal.tickets.services import Words, first_words, open_ticket

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import (
        Incident,
    )
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.tickets.models import Attachment, Ticket


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def make_run(organisation: Organisation, user: User, *, canary: str) -> Run:
    """A rehearsal case that somebody at the company's firm played."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return Run.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        user=user,
        case="lost_pc",
        version=1,
        ended_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        percent=90,
        is_passed=True,
        marks=[
            {"weighs": "words", "points": 9, "most": 10, "said": f"{canary}の言葉", "why": "",
             "is_grave": False}
        ],
    )  # fmt: skip


def make_exercise(organisation: Organisation, *, canary: str) -> Exercise:
    """A 訓練 long ago that one person did not answer."""
    long_ago = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    made = Exercise.objects.create(
        organisation=organisation,
        started_at=long_ago,
        ended_at=long_ago + timedelta(days=1),
        ending=Ending.TIME,
    )
    Asked.objects.create(
        organisation=organisation, exercise=made, name=f"{canary}の係", order=1, kinds=["mail"]
    )
    return made


def make_call(organisation: Organisation, *, canary: str) -> FirstCall:
    """A call with the company that runs."""
    return FirstCall.objects.create(
        organisation=organisation, number="03-9876-5432", caller=f"{canary}の声"
    )


def make_ring(organisation: Organisation, *, canary: str) -> IncomingCall:
    """A call of nobody's number, missed long ago, that an exchange of the company's firm told of.
    One per company, so that each shows who sees another firm's."""
    (engagement,) = Engagement.objects.of(organisation.id)
    exchange, _ = add_exchange(
        firm_id=engagement.firm_id, name=f"{canary}の電話", speaks=Speaks.JSON, user=None
    )
    moment = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
    return IncomingCall.objects.of_firm(engagement.firm_id).create(
        exchange=exchange, firm_id=engagement.firm_id, name=canary, number="03-0000-0000",
        key="0300000000", to=f"{canary}の窓口", rang_at=moment, missed_at=moment,
    )  # fmt: skip


def make_stops(organisation: Organisation, *, canary: str) -> StopSheet:
    """What the company agreed may be stopped."""
    line = {
        "thing": f"{canary}の受注サーバー", "cost": f"{canary}の受注が止まる", "alone": "person",
        "since": "18:00", "until": "08:00", "decider": f"{canary}の社長", "phone": "09011112222",
        "deputy": "", "deputy_phone": "",
    }  # fmt: skip
    return StopSheet.objects.create(
        organisation=organisation,
        place=1,
        lines=[line],
        agreed_at=datetime(2026, 11, 1, 1, 0, tzinfo=UTC),
        agreed_name=f"{canary}の社長",
    )


def make_contact(organisation: Organisation, *, canary: str) -> Contact:
    """A contact whose one address nobody proved yet: alarms still go to the members."""
    contact = Contact.objects.create(organisation=organisation, name=f"{canary}の係", position=1)
    mail = f"{canary}@example.jp"
    Address.objects.create(
        organisation=organisation, contact=contact, kind="mail", address=mail, key=mail
    )
    return contact


def make_rejudging(incident: Incident, *, canary: str) -> Rejudging:
    """An automatic decision about the incident, long ago, that the company's firm drew."""
    company = incident.organisation_id
    decision = record_decision(
        organisation_id=company,
        kind=DecisionKind.NOTICE_SUPPRESSED,
        incident=incident,
        body={"device": f"{canary}-PC", "shown": f"{canary}の画面"},
    )
    (engagement,) = Engagement.objects.of(company)
    draw, _ = Draw.objects.of_firm(engagement.firm_id).get_or_create(
        firm_id=engagement.firm_id,
        week=date(2026, 1, 5),
        defaults={"seed": "0:0", "decisions": 1, "drawn": 1},
    )
    return Rejudging.objects.create(organisation_id=company, draw=draw, decision=decision)


def make_ticket(organisation: Organisation, *, canary: str) -> Ticket:
    """A question of the company that waits."""
    return open_ticket(
        organisation_id=organisation.id,
        kind=TicketKind.QUESTION,
        subject=f"{canary}の相談",
        words=Words(text=f"{canary}の聞きたいこと", author_name=f"{canary}の人"),
    )


def make_photo(ticket: Ticket, *, canary: str) -> Attachment:
    """A photograph in the company's ticket."""
    return keep(first_words(ticket), photograph(f"{canary}.png", PIXEL))


def make_letter(organisation: Organisation, *, canary: str) -> IncomingMail:
    """A mail of a stranger that waits at the company's firm."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return IncomingMail.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        digest=canary,
        sender="somebody@example.org",
        subject=f"{canary}の手紙",
        text=f"{canary}と書いてある",
        outcome=MailOutcome.WAITING,
        reason="unknown_sender",
    )


def make_fax(incident: Incident, *, canary: str) -> FaxReturn:
    """A FAX with one page that lies at the company's incident and waits to be read."""
    (engagement,) = Engagement.objects.of(incident.organisation_id)
    fax = FaxReturn.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        digest=canary,
        sender="fax@gateway.example",
        subject=f"{canary}から",
        pages=1,
        organisation_id=incident.organisation_id,
        incident=incident,
        matched="number",
    )
    path = path_of(fax, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    return fax


def make_saved_view(organisation: Organisation, owner: User, *, canary: str) -> SavedView:
    """A shared view of the queue of the company's firm."""
    (engagement,) = Engagement.objects.of(organisation.id)
    return SavedView.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id,
        owner=owner,
        name=f"{canary}の見方",
        question="view=all",
        is_shared=True,
    )


def make_bulk(incident: Incident, user: User, *, canary: str) -> BulkRun:
    """A press on many that did not change the company's incident."""
    (engagement,) = Engagement.objects.of(incident.organisation_id)
    run = BulkRun.objects.of_firm(engagement.firm_id).create(
        firm_id=engagement.firm_id, user=user, once=canary, act="close", reason=f"{canary}の理由"
    )
    BulkRow.objects.create(
        organisation_id=incident.organisation_id,
        run=run,
        incident=incident,
        outcome="changed",
        told=f"{canary}の経過",
    )
    return run
