"""What the desk does to a ticket: take, answer, note, hand over, link, put aside, promise a call.
One transaction each, with its audit entry. Nothing of ours stops the customer's clock but an answer
and a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents.opening import open_told
from hinomi.portal.incidents.reported import told_of
from hinomi.portal.tickets.letters import send_reply
from hinomi.portal.tickets.models import (
    Expert,
    Side,
    Ticket,
    TicketDraft,
    TicketMessage,
    TicketState,
    Way,
)
from hinomi.portal.tickets.promises import (
    CALL,
    drop_promise,
    is_late,
    keep_promise,
    promise_call,
)
from hinomi.portal.tickets.services import Words, locked, said_before, say, step

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User
    from hinomi.portal.duties.models import Booking
    from hinomi.portal.incidents.models import Incident


class SaidMeanwhile(HinomiError):
    """Something was said in the ticket since the page was opened: the person must read it first."""


class NobodyCanCall(HinomiError):
    """No duty slot has a place left, so no time can be promised."""


@transaction.atomic
def take(*, ticket: Ticket, user: User) -> Ticket:
    """The person answers for the ticket from now."""
    row = locked(ticket)
    if row.assigned_to_id == user.pk:
        return row
    row.assigned_to, row.expert = user, Expert.NOBODY
    if row.state == TicketState.RECEIVED:
        row.state = TicketState.LOOKING
    _did(row, "take", f"{user.shown_name}が担当になりました", user)
    return row


@transaction.atomic
def reply(
    *, ticket: Ticket, version: int, words: Words, user: User, state: str = "", red: str = ""
) -> TicketMessage:
    """Answer the customer by page and mail. `version` is what the person saw. `red` are faults of
    our words that the person sends all the same, by name. Raises SaidMeanwhile."""
    row = locked(ticket)
    if (before := said_before(row, words)) is not None:
        return before
    _require_seen(row, version)
    row.waiting_since = row.snoozed_until = None
    if row.assigned_to_id is None:
        row.assigned_to = user
    if row.promise != CALL:
        keep_promise(row, user_id=user.pk)
    _move(row, state or _after_reply(row), user=user)
    message = say(row, Side.DESK, words)
    send_reply(row, message)
    _forget_draft(row, user)
    _audit(row, "reply", user, **({"red": red[:200]} if red else {}))
    return message


@transaction.atomic
def take_over_promise(*, ticket: Ticket, booking: Booking, user: User) -> Ticket:
    """A call that was promised on the telephone before the ticket was written becomes the
    ticket's. One that the ticket had before is taken back."""
    row = locked(ticket)
    if row.booking_id == booking.pk:
        return row
    drop_promise(row, user_id=user.pk)
    row.promise, row.booking, row.promised_at = CALL, booking, booking.promised_at
    _did(row, "promise", "電話を約束しました", user)
    return row


@transaction.atomic
def note(*, ticket: Ticket, words: Words, user: User) -> TicketMessage:
    """社内メモ: never seen by the customer, and their clock runs on."""
    row = locked(ticket)
    if (before := said_before(row, words)) is not None:
        return before
    message = say(row, Side.INSIDE, words)
    _forget_draft(row, user)
    _audit(row, "note", user)
    return message


@transaction.atomic
def called(*, ticket: Ticket, words: Words, user: User) -> TicketMessage:
    """Somebody spoke with the customer: what was said stays inside, the promise is kept."""
    row = locked(ticket)
    if (before := said_before(row, words)) is not None:
        return before
    row.waiting_since = row.snoozed_until = None
    keep_promise(row, user_id=user.pk)
    if row.state in (TicketState.RECEIVED, TicketState.LOOKING):
        row.state = TicketState.WORKING
    message = say(row, Side.INSIDE, replace(words, way=Way.PHONE))
    _audit(row, "called", user)
    return message


@transaction.atomic
def hand_over(*, ticket: Ticket, expert: Expert, words: Words, user: User) -> Ticket:
    """To whoever has that role: nobody answers for it until one of them takes it."""
    row = locked(ticket)
    if said_before(row, words) is not None:
        return row
    row.expert, row.assigned_to = expert, None
    say(row, Side.INSIDE, words)
    _did(row, "hand_over", f"{user.shown_name}が{expert.label}に渡しました", user)
    return row


@transaction.atomic
def link(*, ticket: Ticket, incident: Incident, user: User) -> Ticket:
    """The ticket is about this incident of the same company."""
    row = locked(ticket)
    if row.organisation_id != incident.organisation_id:
        raise HinomiError("An incident of another company.")
    if row.incident_id == incident.pk:
        return row
    row.incident = incident
    _did(row, "link", f"案件 {incident.number} とつなぎました", user)
    return row


@transaction.atomic
def open_incident(*, ticket: Ticket, kind: str, device: str, user: User) -> Incident:
    """What the customer told becomes an incident with notice, ladder and queue; pressing twice
    gives the same one. The ticket stays, and leads there."""
    row = locked(ticket)
    if row.incident is not None:
        return row.incident
    told = told_of(kind=kind, device=device, reference=row.number)
    by_ja = f"{user.shown_name}が、相談 {row.number} から開きました"
    row.incident = open_told(row.organisation, told, by_ja=by_ja)
    _did(row, "open_incident", f"案件 {row.incident.number} を開きました", user)
    return row.incident


@transaction.atomic
def snooze(*, ticket: Ticket, until: datetime, user: User) -> Ticket:
    """Out of the list until then, or until the customer writes."""
    row = locked(ticket)
    if row.snoozed_until == until:
        return row
    row.snoozed_until = until
    _did(row, "snooze", "あとで見ることにしました", user)
    return row


@transaction.atomic
def book_call(*, ticket: Ticket, user: User, seen: int | None = None) -> Ticket:
    """Promise a call; it takes the place of one promised before. `seen` is the version on which the
    button stood: a call that was promised since then, and is not late, stays. Raises NobodyCanCall:
    then no time may be said."""
    row = locked(ticket)
    if seen is not None and row.version != seen and _has_call(row):
        return row
    if not promise_call(row, by_user_id=user.pk):
        raise NobodyCanCall("No duty slot has a place left.")
    _did(row, "book", "電話を予約しました", user)
    return row


@transaction.atomic
def set_state(*, ticket: Ticket, state: str, user: User) -> Ticket:
    """Move the ticket; done stops the clock and takes back what was promised."""
    row = locked(ticket)
    if row.state == state:
        return row
    _move(row, state, user=user)
    label = TicketState(state).label
    _did(row, "state", f"状態を「{label}」にしました", user)
    return row


def _move(row: Ticket, state: str, *, user: User) -> None:
    row.state = TicketState(state)
    row.closed_at = now() if state == TicketState.DONE else None
    if state == TicketState.DONE:
        row.waiting_since = None
        drop_promise(row, user_id=user.pk)


def _has_call(row: Ticket) -> bool:
    is_promised = row.promise == CALL and row.booking_id is not None
    return is_promised and not is_late(row, moment=now())


def _after_reply(row: Ticket) -> str:
    early = (TicketState.RECEIVED, TicketState.LOOKING)
    return TicketState.WORKING if row.state in early else row.state


def _require_seen(row: Ticket, version: int) -> None:
    """Words count, steps do not: that a colleague took the ticket changes no answer."""
    if version == row.version:
        return
    newer = TicketMessage.objects.of(row.organisation_id).filter(
        ticket=row, side__in=(Side.CUSTOMER, Side.DESK)
    )
    if newer.filter(version__gt=version).exists():
        raise SaidMeanwhile("Something was said meanwhile.")


def _forget_draft(row: Ticket, user: User) -> None:
    TicketDraft.objects.of(row.organisation_id).filter(ticket=row, user=user).delete()


def _did(row: Ticket, act: str, text: str, user: User) -> None:
    step(row, text, user=user)
    _audit(row, act, user)


def _audit(row: Ticket, act: str, user: User, **detail: str) -> None:
    audit.record(
        what=f"tickets:ticket:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        ticket=row.number,
        **detail,
    )
