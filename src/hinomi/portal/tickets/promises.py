"""Promises of a ticket: who calls until when (a booked duty slot, or no time at all), by which day
an answer comes, and telling the chief once when one was missed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from hinomi.business.reply_day import end_of, reply_day
from hinomi.business.working_days import Calendar
from hinomi.portal.access.time import now
from hinomi.portal.duties.services import book, drop, keep, note_missed
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.notices.chiefs import tell_chiefs
from hinomi.portal.tickets.models import Ticket

if TYPE_CHECKING:
    from datetime import datetime

CALL, REPLY = "call", "reply"
_AT_ONCE = 100
# A call for help is promised within this time, or not at all.
CALL_WITHIN = timedelta(hours=1)
# When the desk answers questions: working days of Japan, New Year and お盆 left out.
DESK_DAYS = Calendar()


def promise_call(
    ticket: Ticket, *, within: timedelta = CALL_WITHIN, by_user_id: int | None = None
) -> bool:
    """Book a duty slot for a call to the customer; False, and no time named, when nobody has a
    place. A call that was promised before and not made is taken back. The caller saves."""
    moment = now()
    booking = book(
        firm_id=answering_firm(ticket.organisation_id),
        organisation_id=ticket.organisation_id,
        what=f"{ticket.number} {ticket.subject}",
        between=(moment, moment + within),
        user_id=by_user_id,
    )
    if booking is None:
        return False
    if ticket.booking is not None:
        drop(ticket.booking, user_id=by_user_id)
    ticket.promise, ticket.booking = CALL, booking
    ticket.promised_at, ticket.chief_told_at = booking.promised_at, None
    return True


def promise_reply(ticket: Ticket, *, moment: datetime) -> None:
    """Set the day by which an answer comes; nothing when nobody works for two months. A call that
    is promised already stays. The caller saves."""
    if ticket.promise == CALL:
        return
    day = reply_day(moment, calendar=DESK_DAYS)
    ticket.promise = REPLY if day else ""
    ticket.promised_at = end_of(day, calendar=DESK_DAYS) if day else None
    ticket.chief_told_at = None


def keep_promise(ticket: Ticket, *, user_id: int) -> None:
    """Somebody called or answered. The caller saves."""
    if ticket.booking is not None:
        keep(ticket.booking, user_id=user_id)
    _clear(ticket)


def drop_promise(ticket: Ticket, *, user_id: int) -> None:
    """What was promised is not needed any more. The caller saves."""
    if ticket.booking is not None:
        drop(ticket.booking, user_id=user_id)
    _clear(ticket)


def _clear(ticket: Ticket) -> None:
    ticket.promise, ticket.promised_at = "", None
    ticket.booking = ticket.chief_told_at = None


def tell_missed() -> int:
    """Tell each firm's chief once of every promise whose time passed; returns how many. The page
    of the customer says お待たせしています by itself."""
    late = Ticket.objects.across_all(reason="the bell looks after every firm's promises").filter(
        promised_at__lt=now(), chief_told_at=None, waiting_since__isnull=False
    )
    ids = list(late.order_by("promised_at", "pk").values_list("pk", "organisation_id")[:_AT_ONCE])
    return sum(_tell_missed(pk, organisation_id) for pk, organisation_id in ids)


@transaction.atomic
def _tell_missed(pk: int, organisation_id: str) -> bool:
    rows = Ticket.objects.of(organisation_id).select_for_update(of=("self",))
    ticket = rows.filter(pk=pk, promised_at__lt=now(), chief_told_at=None).first()
    if ticket is None or ticket.waiting_since is None or ticket.promised_at is None:
        return False
    ticket.chief_told_at = now()
    ticket.save(update_fields=["chief_told_at"])
    if ticket.booking is not None and not note_missed(ticket.booking, now()):
        return False  # kept, or told already by whoever looks after all promised calls
    what = "電話" if ticket.promise == CALL else "返事"
    tell_chiefs(
        answering_firm(organisation_id),
        reason=f"ticket:{ticket.number}:{ticket.promised_at:%Y%m%d%H%M}",
        title=f"約束の{what}が遅れています（{ticket.number}）",
        lines=("お客様が待っています。すぐに代わりの人を決めてください。",),
        path=reverse("ticket", args=[ticket.number]),
    )
    return True


def is_late(ticket: Ticket, *, moment: datetime) -> bool:
    """True when what was promised should have happened by now."""
    return ticket.promised_at is not None and ticket.promised_at < moment
