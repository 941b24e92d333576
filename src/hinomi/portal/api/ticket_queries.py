"""Tickets as values for programs; the same rows and words as on the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.api import cursors
from hinomi.portal.api.schemas import Company
from hinomi.portal.api.ticket_schemas import (
    FileOut,
    MessageOut,
    Promised,
    PromiseOut,
    ThreadOut,
    TicketOut,
    TicketPage,
)
from hinomi.portal.tickets.models import Side, Ticket, TicketKind, TicketMessage, TicketState, Way
from hinomi.portal.tickets.promises import is_late
from hinomi.portal.tickets.queries import SHOWN

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet


def rows() -> ScopedQuerySet[Ticket]:
    """With everything that an answer names."""
    return Ticket.objects.select_related(
        "organisation", "assigned_to", "incident", "booking__user"
    ).all()


def ticket_page(
    found: ScopedQuerySet[Ticket],
    *,
    state: str | None,
    since: datetime | None,
    cursor: str | None,
    limit: int,
    as_customer: bool,
) -> TicketPage:
    """One page of rows that are narrowed to a scope."""
    if state == "open":
        found = found.exclude(state=TicketState.DONE)
    if state == "closed":
        found = found.filter(state=TicketState.DONE)
    if state == "waiting":
        found = found.exclude(state=TicketState.DONE).filter(waiting_since__isnull=False)
    if since is not None:
        found = found.filter(opened_at__gte=since)
    if cursor is not None:
        found = found.filter(pk__lt=cursors.read_number(cursor))
    taken = list(found.order_by("-pk")[: limit + 1])
    shown = taken[:limit]
    following = cursors.written(str(shown[-1].pk)) if len(taken) > limit else None
    return TicketPage(
        items=[ticket_out(row, as_customer=as_customer) for row in shown], next_cursor=following
    )


def ticket_out(row: Ticket, *, as_customer: bool) -> TicketOut:
    """What the customer's page shows; the firm's keys read who answers for it, too."""
    return TicketOut(
        number=row.number,
        organisation=_company(row),
        subject=row.subject,
        kind=TicketKind(row.kind),
        way=Way(row.way),
        state=TicketState(row.state),
        state_ja=row.get_state_display(),
        is_open=row.is_open,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        waiting_since=row.waiting_since,
        promise=_promise(row),
        phone=row.phone,
        incident=_incident(row, as_customer=as_customer),
        assigned_to=None if as_customer or row.assigned_to is None else row.assigned_to.shown_name,
        version=row.version,
    )


def thread(row: Ticket, *, as_customer: bool) -> ThreadOut:
    """Its words; notes and steps of ours only for ourselves."""
    words = TicketMessage.objects.of(row.organisation_id).filter(ticket=row)
    if as_customer:
        words = words.filter(side__in=SHOWN)
    found = words.prefetch_related("attachments").order_by("at", "pk")
    return ThreadOut(
        number=row.number,
        organisation=_company(row),
        version=row.version,
        items=[_message(each) for each in found],
    )


def _promise(row: Ticket) -> PromiseOut | None:
    if not row.promise or row.promised_at is None:
        return None
    booking = row.booking
    return PromiseOut(
        kind=Promised(row.promise),
        until=row.promised_at,
        by=booking.user.shown_name if booking and booking.user else "",
        phone=booking.phone if booking else "",
        is_late=is_late(row, moment=now()),
    )


def _incident(row: Ticket, *, as_customer: bool) -> str | None:
    """What a campaign holds back, its customer does not see yet."""
    if row.incident is None or (as_customer and row.incident.held_since is not None):
        return None
    return row.incident.number


def _message(row: TicketMessage) -> MessageOut:
    return MessageOut(
        at=row.at,
        side=Side(row.side),
        way=Way(row.way),
        by=row.author_name,
        text=row.text,
        files=[
            FileOut(
                id=each.pk, name=each.name, size_bytes=each.size_bytes, set_aside=each.set_aside
            )
            for each in row.attachments.all()
        ],
    )


def _company(row: Ticket) -> Company:
    return Company(id=row.organisation_id, name=row.organisation.name)
