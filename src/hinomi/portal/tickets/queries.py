"""What the customer's pages show of tickets. Notes and steps of ours are never read here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from hinomi.portal.access.time import now
from hinomi.portal.duties.queries import phone_of
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.tickets.choices import choices
from hinomi.portal.tickets.models import (
    Side,
    Ticket,
    TicketDraft,
    TicketMessage,
    TicketState,
)
from hinomi.portal.tickets.promises import CALL, REPLY, is_late

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

SHOWN = (Side.CUSTOMER, Side.DESK)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps of P4."""

    label: str
    is_past: bool
    is_present: bool


@dataclass(frozen=True, slots=True)
class Received:
    """P4: what a person in need must know."""

    ticket: Ticket
    meanwhile: tuple[str, ...]
    steps: list[Step]
    has_call: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """P13: the words of one ticket, oldest first. `has_reply_day`: an answer is due by a day."""

    ticket: Ticket
    messages: list[TicketMessage]
    draft: TicketDraft | None
    has_reply_day: bool
    is_late: bool


def received(ticket: Ticket) -> Received:
    """P4 of one ticket."""
    chosen = choices().get(ticket.choice)
    return Received(
        ticket,
        chosen.meanwhile if chosen and ticket.is_open else (),
        _steps(ticket),
        has_call=ticket.promise == CALL and ticket.booking is not None,
        is_late=is_late(ticket, moment=now()),
    )


def thread(ticket: Ticket, *, user_id: int) -> Thread:
    """P13 of one ticket."""
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket, side__in=SHOWN)
    drafts = TicketDraft.objects.of(ticket.organisation_id).filter(ticket=ticket, user=user_id)
    return Thread(
        ticket,
        list(rows.prefetch_related("attachments").order_by("at", "pk")),
        drafts.first(),
        has_reply_day=ticket.promise == REPLY and ticket.waiting_since is not None,
        is_late=is_late(ticket, moment=now()),
    )


def direct_phone(ticket: Ticket) -> str:
    """Whom to ring without waiting: who promised to call, else the number of the service."""
    promised = ticket.booking.phone if ticket.booking else ""
    return promised or phone_of(answering_firm(ticket.organisation_id), now())


def own_list(scope: Scope, *, organisation_id: str) -> ScopedQuerySet[Ticket]:
    """One company's tickets: open ones first, newest first."""
    rows = Ticket.objects.within(scope).filter(organisation=organisation_id)
    return rows.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")


def draft_of(organisation_id: str, *, user_id: int) -> TicketDraft | None:
    """The question that this person began and did not send."""
    rows = TicketDraft.objects.of(organisation_id).filter(ticket=None, user=user_id)
    return rows.first()


def _steps(ticket: Ticket) -> list[Step]:
    order = list(TicketState)
    at = order.index(TicketState(ticket.state))
    return [
        Step(str(each.label), place < at or not ticket.is_open, place == at and ticket.is_open)
        for place, each in enumerate(order)
    ]
