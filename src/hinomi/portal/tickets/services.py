"""What customers do: press 困った, ask, go on writing, say that it is solved; and what calls make
of it. One transaction each, with its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.opening import next_number
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets.choices import choices
from hinomi.portal.tickets.models import (
    Side,
    Ticket,
    TicketDraft,
    TicketKind,
    TicketMessage,
    TicketState,
    Way,
)
from hinomi.portal.tickets.promises import (
    CALL_WITHIN,
    drop_promise,
    promise_call,
    promise_reply,
)
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User

ONE_PRESS = timedelta(minutes=2)
SUBJECT_MOST, TEXT_MOST, PHONE_MOST = 120, 10_000, 40


class NoSuchChoice(HinomiError):
    """困った offers no such choice."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words as they came. `author` is who signed in (None: a mail, a call); `sent_once` names one
    filled-in form, `mail_id` one mail: either comes in once."""

    text: str
    author: User | None = None
    author_name: str = ""
    way: Way = Way.PORTAL
    mail_id: str = ""
    sent_once: str = ""


def open_ticket(
    *,
    organisation_id: str,
    kind: TicketKind,
    subject: str,
    words: Words,
    phone: str = "",
    choice: str = "",
    by_user_id: int | None = None,
) -> Ticket:
    """A new ticket with its first words; the customer waits from now. `by_user_id` is who of us
    wrote it down (a call), None when the customer or a mail did. Call `call_back` for a call."""
    with transaction.atomic():
        _locked_company(organisation_id)
        before = _opened_by_same_form(organisation_id, words)
        if before is not None:
            return before
        return _open(
            Ticket(
                organisation_id=organisation_id,
                kind=kind,
                way=words.way,
                choice=choice,
                subject=one_line(subject)[:SUBJECT_MOST] or kind.label,
                opened_by=words.author,
                phone=one_line(phone)[:PHONE_MOST],
            ),
            words,
            by_user_id=by_user_id,
        )


@transaction.atomic
def open_with_call(
    *,
    organisation_id: str,
    kind: TicketKind,
    subject: str,
    words: Words,
    phone: str,
    by_user_id: int,
) -> Ticket:
    """A new ticket, and a call back booked with it; the same form again finds both."""
    ticket = open_ticket(
        organisation_id=organisation_id,
        kind=kind,
        subject=subject,
        words=words,
        phone=phone,
        by_user_id=by_user_id,
    )
    if ticket.booking_id is not None:
        return ticket
    return call_back(ticket=ticket, by_user_id=by_user_id)


def first_words(ticket: Ticket) -> TicketMessage:
    """What the ticket began with."""
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket)
    return rows.select_related("ticket").earliest("pk")


@transaction.atomic
def press_help(*, organisation_id: str, choice: str, user: User) -> Ticket:
    """困った in one tap: a ticket and a booked call. A second tap on the same choice within two
    minutes is the same ticket."""
    if choice not in choices():
        raise NoSuchChoice(f"There is no choice {choice!r}.")
    company = _locked_company(organisation_id)
    recent = Ticket.objects.of(organisation_id).filter(
        kind=TicketKind.URGENT,
        choice=choice,
        opened_by=user,
        opened_at__gt=now() - ONE_PRESS,
    )
    found = recent.exclude(state=TicketState.DONE).order_by("-pk").first()
    if found is not None:
        return found
    label = choices()[choice].label
    ticket = open_ticket(
        organisation_id=organisation_id,
        kind=TicketKind.URGENT,
        subject=label,
        words=Words(text=f"「{label}」が押されました。", author=user),
        phone=company.contact_phone,
        choice=choice,
        by_user_id=user.pk,
    )
    return call_back(ticket=ticket)


@transaction.atomic
def call_back(
    *, ticket: Ticket, within: timedelta = CALL_WITHIN, by_user_id: int | None = None
) -> Ticket:
    """Book a call for the ticket: a duty slot with person, telephone and time. Without a free slot
    no time is named, and the page shows the direct number."""
    row = locked(ticket)
    if promise_call(row, within=within, by_user_id=by_user_id):
        step(row, "電話を予約しました")
    return row


@transaction.atomic
def change_phone(*, ticket: Ticket, phone: str, user: User) -> Ticket:
    """The number for this call only; what the company is registered with stays."""
    row = locked(ticket)
    wanted = one_line(phone)[:PHONE_MOST]
    if wanted == row.phone:
        return row
    row.phone = wanted
    step(row, f"今回の電話番号が{wanted}になりました", user=user)
    _audit(row, "phone", user_id=user.pk)
    return row


@transaction.atomic
def customer_writes(*, ticket: Ticket, words: Words) -> TicketMessage:
    """The customer goes on: the clock starts if it stood, a snoozed or finished ticket is back."""
    row = locked(ticket)
    before = said_before(row, words)
    if before is not None:
        return before
    moment = now()
    if row.waiting_since is None:
        row.waiting_since = moment
        promise_reply(row, moment=moment)
    row.snoozed_until = None
    if row.state in (TicketState.DONE, TicketState.CONFIRMING):
        row.state, row.closed_at = TicketState.WORKING, None
    message = say(row, Side.CUSTOMER, words)
    TicketDraft.objects.of(row.organisation_id).filter(ticket=row, user=words.author).delete()
    _audit(row, "write", user_id=words.author.pk if words.author else None)
    return message


@transaction.atomic
def solved(*, ticket: Ticket, user: User) -> Ticket:
    """The customer says that it is solved."""
    row = locked(ticket)
    if not row.is_open:
        return row
    row.state, row.closed_at, row.waiting_since = TicketState.DONE, now(), None
    drop_promise(row, user_id=user.pk)
    step(row, "お客様が「解決した」を押しました", user=user)
    _audit(row, "solved", user_id=user.pk)
    return row


@transaction.atomic
def save_draft(
    *,
    organisation_id: str,
    ticket: Ticket | None,
    user: User,
    text: str,
    subject: str = "",
    inside: str = "",
) -> None:
    """Keep what a person began to write; `inside` "yes" for a note of ours. Empty: forget it."""
    rows = TicketDraft.objects.of(organisation_id)
    if not text.strip() and not subject.strip():
        rows.filter(ticket=ticket, user=user).delete()
        return
    rows.update_or_create(
        organisation_id=organisation_id,
        ticket=ticket,
        user=user,
        defaults={
            "text": text[:TEXT_MOST],
            "subject": one_line(subject)[:SUBJECT_MOST],
            "is_inside": inside == "yes",
            "saved_at": now(),
        },
    )


def locked(ticket: Ticket) -> Ticket:
    """The row, held until the transaction ends."""
    rows = Ticket.objects.of(ticket.organisation_id).select_for_update(of=("self",))
    return rows.select_related("organisation", "booking__user").get(pk=ticket.pk)


def said_before(row: Ticket, words: Words) -> TicketMessage | None:
    """The same filled-in form, or the same mail, that came in already. Ask it of a locked row."""
    rows = TicketMessage.objects.of(row.organisation_id).filter(ticket=row)
    if words.sent_once:
        return rows.filter(sent_once=words.sent_once[:40]).first()
    return rows.filter(mail_id=words.mail_id).first() if words.mail_id else None


def say(row: Ticket, side: Side, words: Words) -> TicketMessage:
    """Add words and save the row with its next version. Call inside a transaction."""
    row.version += 1
    row.save()
    return TicketMessage.objects.create(
        organisation_id=row.organisation_id,
        ticket=row,
        at=now(),
        side=side,
        way=words.way,
        author=words.author,
        author_name=one_line(words.author_name)[:SUBJECT_MOST]
        or (words.author.shown_name if words.author else ""),
        text=words.text[:TEXT_MOST],
        version=row.version,
        mail_id=words.mail_id,
        sent_once=words.sent_once[:40],
    )


def step(row: Ticket, text: str, *, user: User | None = None) -> None:
    """A line for us: what somebody did. Saves the row."""
    say(row, Side.STEP, Words(text=text, author=user))


def _open(ticket: Ticket, words: Words, *, by_user_id: int | None) -> Ticket:
    moment: datetime = now()
    ticket.number, ticket.opened_at, ticket.waiting_since = next_number(), moment, moment
    promise_reply(ticket, moment=moment)
    ticket.save()
    say(ticket, Side.CUSTOMER, words)
    if words.author is not None:
        drafts = TicketDraft.objects.of(ticket.organisation_id)
        drafts.filter(ticket=None, user=words.author).delete()
    who = by_user_id or (words.author.pk if words.author else None)
    _audit(ticket, "open", user_id=who)
    return ticket


def _opened_by_same_form(organisation_id: str, words: Words) -> Ticket | None:
    if not words.sent_once:
        return None
    rows = TicketMessage.objects.of(organisation_id).select_related("ticket")
    found = rows.filter(sent_once=words.sent_once[:40], author=words.author).first()
    return found.ticket if found else None


def _locked_company(organisation_id: str) -> Organisation:
    return Organisation.objects.of(organisation_id).select_for_update().get()


def _audit(row: Ticket, act: str, *, user_id: int | None) -> None:
    audit.record(
        what=f"tickets:ticket:{act}",
        user_id=user_id,
        organisation_id=row.organisation_id,
        ticket=row.number,
    )
