"""Books promised calls: the soonest person on duty with a place left, or nobody and no promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.business.promised_calls import LEAD, deadlines, half_hour_of
from hinomi.business.rota import Order
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.duties.models import Booking, Slot
from hinomi.portal.duties.queries import desk_of
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from datetime import datetime

_CALLERS = (Order.FIRST, Order.SECOND)  # the chief answers for the duty and is promised to nobody


def book(
    *,
    firm_id: str,
    organisation_id: str,
    what: str,
    between: tuple[datetime, datetime],
    user_id: int | None = None,
) -> Booking | None:
    """The soonest promise that somebody of the firm can keep between the two moments; None when
    nobody can: then no time may be named. Only our own people on published slots are promised."""
    earliest, latest = between
    slots = _slots(firm_id, earliest, latest)
    desk = desk_of(firm_id)
    for deadline in deadlines(earliest=earliest, latest=latest):
        for slot in slots:
            if not slot.starts_at <= deadline - LEAD < deadline <= slot.ends_at:
                continue
            assert slot.user is not None, "partners' slots were left out"
            booking = Booking(
                organisation_id=organisation_id,
                firm_id=firm_id,
                user=slot.user,
                what=one_line(what)[:200],
                phone=slot.phone or desk.phone or configuration().provider_phone,
                promised_at=deadline,
                half_hour=half_hour_of(deadline),
            )
            if _take_place(booking, places=desk.calls_in_half_hour, by=user_id):
                return booking
    return None


@transaction.atomic
def keep(booking: Booking, *, user_id: int | None = None) -> bool:
    """The call was made; False when that was said before, or the promise was taken back."""
    return _settle(booking, "kept_at", "keep", user_id, kept_by_id=user_id)


@transaction.atomic
def drop(booking: Booking, *, user_id: int | None = None) -> bool:
    """The promise is not needed any more; its place is free again."""
    return _settle(booking, "dropped_at", "drop", user_id)


@transaction.atomic
def note_missed(booking: Booking, moment: datetime) -> bool:
    """The time passed and the chief is told; False when somebody else noted it, or it was kept.
    A missed promise can still be kept: late, but kept."""
    rows = Booking.objects.of(booking.organisation_id).filter(
        pk=booking.pk, kept_at=None, missed_at=None, dropped_at=None, promised_at__lt=moment
    )
    if not rows.update(missed_at=moment):
        return False
    booking.missed_at = moment
    _audit("miss", booking, None)
    return True


def move_to(booking: Booking, *, user_id: int) -> None:
    """The duty changed hands, and the promise with it. It holds although the new person may have
    their full share: a promise that was given is kept. Call it in a transaction."""
    booking.user_id = user_id
    taken = _taken(booking)
    booking.place = next(place for place in range(len(taken) + 1) if place not in taken)
    booking.save(update_fields=["user", "place"])


def _slots(firm_id: str, earliest: datetime, latest: datetime) -> list[Slot]:
    """In the order in which people are asked."""
    rows = Slot.objects.of_firm(firm_id).filter(
        order__in=[each.value for each in _CALLERS],
        user__isnull=False,
        user__is_active=True,
        published_at__isnull=False,
        starts_at__lt=latest,
        ends_at__gt=earliest,
    )
    return sorted(
        rows.select_related("user"),
        key=lambda slot: (_CALLERS.index(Order(slot.order)), slot.starts_at),
    )


def _take_place(booking: Booking, *, places: int, by: int | None) -> bool:
    """Saves the booking in the first free place. Another request may take it between our look and
    our writing: the unique constraint says so, and the next place is tried."""
    taken = _taken(booking)
    for place in range(places):
        if place in taken:
            continue
        booking.place, booking.pk = place, None
        try:
            with transaction.atomic():
                booking.save(force_insert=True)
                _audit("book", booking, by)
        except IntegrityError:
            if place not in _taken(booking):
                raise  # not the place: a fault that must show
            continue
        return True
    return False


def _taken(booking: Booking) -> set[int]:
    rows = Booking.objects.across_all(reason="a person's places, whichever companies have them")
    same = rows.filter(user=booking.user_id, half_hour=booking.half_hour, dropped_at=None)
    return set(same.exclude(pk=booking.pk).values_list("place", flat=True))


def _settle(
    booking: Booking, field: str, act: str, user_id: int | None, **more: int | None
) -> bool:
    moment = now()
    rows = Booking.objects.of(booking.organisation_id).filter(
        pk=booking.pk, kept_at=None, dropped_at=None
    )
    if not rows.update(**{field: moment}, **more):
        return False
    setattr(booking, field, moment)
    _audit(act, booking, user_id)
    return True


def _audit(act: str, booking: Booking, user_id: int | None) -> None:
    audit.record(
        what=f"duties:booking:{act}",
        user_id=user_id,
        organisation_id=booking.organisation_id,
        booking=booking.pk,
    )
