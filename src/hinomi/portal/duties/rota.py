"""Writes a firm's rota: a week from the pattern, changes to it, and making it known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.duty_load import Limits, Overload, overloads
from hinomi.business.rota import (
    JAPAN,
    Duty,
    Holidays,
    Line,
    Order,
    Span,
    Weeks,
    gaps,
    lay,
    left_of,
    overlay,
    span_of_days,
    week_of,
)
from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking, DutyDesk, PatternLine, Slot, Week
from hinomi.portal.duties.partners import partnerships
from hinomi.portal.duties.promises import move_to
from hinomi.portal.duties.queries import desk_of
from hinomi.portal.organisations.models import Firm, Membership

if TYPE_CHECKING:
    from datetime import date, datetime

    from hinomi.portal.access.owned import FirmOwnedQuerySet

_MONTH = timedelta(days=31)
USER, PARTNER = "user:", "firm:"


class GapsLeft(HinomiError):
    """A week cannot be made known: somebody is missing at these times."""

    def __init__(self, spans: list[Span]) -> None:
        super().__init__("The week has times without anybody on duty.")
        self.spans = spans


class TooMuch(HinomiError):
    """A week asks more of somebody than the firm's limits; a reason must be given."""

    def __init__(self, found: list[Overload]) -> None:
        super().__init__("The week is too much for somebody.")
        self.found = found


def pattern_of(firm_id: str) -> list[Line]:
    """The firm's weekly pattern as values."""
    return [
        Line(
            order=Order(row.order),
            starts=row.starts,
            minutes=row.minutes,
            who=key_of(row.user_id, row.partner_id),
            weekday=row.weekday,
            weeks=Weeks(row.weeks),
            holidays=Holidays(row.holidays),
            phone=row.phone,
            first=row.first,
            last=row.last,
        )
        for row in PatternLine.objects.of_firm(firm_id).order_by("pk")
    ]


def key_of(user_id: int | None, partner_id: str | None) -> str:
    """Who holds a slot, as one word for the rules."""
    return f"{USER}{user_id}" if user_id is not None else f"{PARTNER}{partner_id}"


def duties_between(firm_id: str, span: Span) -> list[Duty]:
    """Slots, drafts too, that touch the time."""
    rows = Slot.objects.of_firm(firm_id).filter(starts_at__lt=span.ends, ends_at__gt=span.starts)
    return [duty_of(slot) for slot in rows.order_by("starts_at", "pk")]


def duty_of(slot: Slot) -> Duty:
    """A slot as a value."""
    span = Span(slot.starts_at, slot.ends_at)
    return Duty(Order(slot.order), span, key_of(slot.user_id, slot.partner_id), slot.phone)


def is_published(firm_id: str, monday: date) -> bool:
    """Whether the week was made known."""
    return Week.objects.of_firm(firm_id).filter(monday=monday).exists()


@transaction.atomic
def lay_week(*, firm_id: str, monday: date, user_id: int | None) -> int:
    """A draft of the week from the pattern, in place of an older draft; the number of slots.
    Raises UsageError for a week that was made known."""
    lock(firm_id)
    if is_published(firm_id, monday):
        raise UsageError("The week was made known.", advice="Change single duties in it.")
    week = span_of_days(monday, monday + timedelta(days=6))
    _drafts(firm_id, week).delete()
    laid = lay(pattern_of(firm_id), first=monday, last=monday + timedelta(days=6))
    held = duties_between(firm_id, Span(week.starts, week.ends + timedelta(days=1)))
    slots = [slot_of(firm_id, duty) for duty in overlay([*laid, *held]) if duty not in held]
    Slot.objects.of_firm(firm_id).bulk_create(slots)
    _audit("lay", firm_id, user_id, monday=str(monday), slots=len(slots))
    return len(slots)


def slot_of(firm_id: str, duty: Duty) -> Slot:
    """A duty as a slot that is not saved and not made known."""
    is_user = duty.who.startswith(USER)
    return Slot(
        firm_id=firm_id,
        order=duty.order.value,
        starts_at=duty.span.starts,
        ends_at=duty.span.ends,
        user_id=int(duty.who.removeprefix(USER)) if is_user else None,
        partner_id=None if is_user else duty.who.removeprefix(PARTNER),
        phone=duty.phone,
    )


def put(*, firm_id: str, duty: Duty) -> None:
    """From now on this is who is on duty for that time; whoever was there keeps the rest. In a week
    that was made known it holds at once, and promised calls go with it. In a transaction."""
    slot = slot_of(firm_id, duty)
    slot.published_at = _cut(firm_id, duty)
    slot.save()
    if slot.published_at and slot.user_id is not None:
        _move_promises(firm_id, slot)


@transaction.atomic
def change(*, firm_id: str, duty: Duty, user_id: int | None) -> None:
    """One single change by a person. Raises UsageError for a time that is over, for a span beyond a
    day, and for somebody who does not belong to the firm."""
    lock(firm_id)
    if duty.span.ends <= now() or duty.span.ends - duty.span.starts > timedelta(days=1):
        raise UsageError("A change lies ahead and is at most a day long.")
    require_own(firm_id, duty.who)
    put(firm_id=firm_id, duty=duty)
    _audit("change", firm_id, user_id, at=duty.span.starts.isoformat(), who=duty.who)


@transaction.atomic
def publish(*, firm_id: str, monday: date, reason: str, user_id: int | None) -> None:
    """Make the week known. Raises GapsLeft; TooMuch when it overloads somebody and no reason is
    given. A second time changes nothing."""
    lock(firm_id)
    if is_published(firm_id, monday):
        return
    left = gaps_of_week(firm_id, monday)
    if left:
        raise GapsLeft(left)
    found = overloads_of_week(firm_id, monday)
    if found and not reason.strip():
        raise TooMuch(found)
    moment = now()
    Week.objects.of_firm(firm_id).create(firm_id=firm_id, monday=monday, published_by_id=user_id)
    week = span_of_days(monday, monday + timedelta(days=6))
    _drafts(firm_id, week).update(published_at=moment)
    _audit("publish", firm_id, user_id, monday=str(monday), reason=reason.strip()[:200])


def gaps_of_week(firm_id: str, monday: date) -> list[Span]:
    """The times of the week that nobody holds first. A firm's very first week begins with its first
    duty; what is over needs nobody any more."""
    week = span_of_days(monday, monday + timedelta(days=6))
    spans = [d.span for d in duties_between(firm_id, week) if d.order is Order.FIRST]
    slots = Slot.objects.of_firm(firm_id)
    earlier = slots.filter(starts_at__lt=week.starts, published_at__isnull=False)
    begins = week.starts
    if spans and not earlier.exists():
        begins = max(begins, min(span.starts for span in spans))
    begins = max(begins, now())
    return gaps(spans, within=Span(begins, week.ends)) if begins < week.ends else []


def overloads_of_week(firm_id: str, monday: date) -> list[Overload]:
    """What of this week's duties is too much, seen with the month around it; partners set their
    own limits."""
    week = span_of_days(monday, monday + timedelta(days=6))
    around = Span(week.starts - _MONTH, week.ends + _MONTH)
    duties = duties_between(firm_id, around)
    here = {duty.who for duty in duties if duty.span.touches(week)}
    # The chief stands by and is rung seldom; only who is rung first or second is counted.
    rung = [duty for duty in duties if duty.order is not Order.CHIEF]
    busy = [duty for duty in rung if duty.who in here and duty.who.startswith(USER)]
    return overloads(busy, limits=limits_of(desk_of(firm_id)))


def limits_of(desk: DutyDesk) -> Limits:
    """The firm's limits as values."""
    return Limits(desk.nights_in_row, desk.nights_in_month, desk.rest_hours)


def lock(firm_id: str) -> None:
    """One writer of a firm's rota at a time, until the transaction ends."""
    Firm.objects.select_for_update().get(pk=firm_id)


def require_own(firm_id: str, who: str) -> None:
    """UsageError unless the person belongs to the firm, or the partner works with it."""
    if who.startswith(PARTNER):
        if who.removeprefix(PARTNER) in {row.partner_id for row in partnerships(firm_id)}:
            return
        raise UsageError("This firm is no partner.")
    people = Membership.objects.across_all(reason="a firm's own people").filter(firm=firm_id)
    if not people.filter(user=int(who.removeprefix(USER)), user__is_active=True).exists():
        raise UsageError("This person does not belong to the firm.")


def _drafts(firm_id: str, week: Span) -> FirmOwnedQuerySet[Slot]:
    return Slot.objects.of_firm(firm_id).filter(
        starts_at__gte=week.starts, starts_at__lt=week.ends, published_at=None
    )


def _cut(firm_id: str, duty: Duty) -> datetime | None:
    """Take the time out of every slot of the order. Whether it was made known comes from them, or
    from the week where nobody was."""
    rows = Slot.objects.of_firm(firm_id).filter(
        order=duty.order.value, starts_at__lt=duty.span.ends, ends_at__gt=duty.span.starts
    )
    known = None
    for slot in rows:
        known = known or slot.published_at
        pieces = left_of(Span(slot.starts_at, slot.ends_at), without=duty.span)
        if not pieces:
            slot.delete()
            continue
        slot.starts_at, slot.ends_at = pieces[0].starts, pieces[0].ends
        slot.save(update_fields=["starts_at", "ends_at"])
        for piece in pieces[1:]:
            slot.pk, slot.starts_at, slot.ends_at = None, piece.starts, piece.ends
            slot.save(force_insert=True)
    if known is None and _lies_in_known_week(firm_id, duty.span):
        known = now()
    return known


def _lies_in_known_week(firm_id: str, span: Span) -> bool:
    return is_published(firm_id, week_of(span.starts.astimezone(JAPAN).date()))


def _move_promises(firm_id: str, slot: Slot) -> None:
    """Calls promised for that time by whoever holds it no more."""
    rows = Booking.objects.across_all(reason="a duty changed hands").filter(
        firm=firm_id,
        promised_at__gt=slot.starts_at,
        promised_at__lte=slot.ends_at,
        kept_at=None,
        dropped_at=None,
    )
    for booking in rows.exclude(user=slot.user_id):
        holds = Slot.objects.of_firm(firm_id).filter(
            user=booking.user_id,
            published_at__isnull=False,
            starts_at__lt=booking.promised_at,
            ends_at__gte=booking.promised_at,
        )
        if not holds.exists():
            assert slot.user_id is not None, "only a person's slot takes promises"
            move_to(booking, user_id=slot.user_id)


def _audit(act: str, firm: str, by: int | None, **detail: str | int) -> None:
    audit.record(
        what=f"duties:rota:{act}", user_id=by, organisation_id=None, firm_id=firm, **detail
    )
