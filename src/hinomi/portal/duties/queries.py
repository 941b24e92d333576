"""Who is on duty, under which number, and which promises were not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.business.rota import Order
from hinomi.portal.access.time import configuration
from hinomi.portal.duties.models import Booking, DutyDesk, DutyMember, Partnership, Slot
from hinomi.portal.duties.values import DutyPerson, OnDuty
from hinomi.portal.organisations.models import Membership, Role

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User


def desk_of(firm_id: str) -> DutyDesk:
    """How the firm keeps its duty; the usual way when nobody said anything (not saved)."""
    found = DutyDesk.objects.of_firm(firm_id).select_related("chief").first()
    return found or DutyDesk(firm_id=firm_id)


def holding(firm_id: str, moment: datetime) -> dict[Order, Slot]:
    """The published slots of the firm that hold at the moment, by order."""
    rows = Slot.objects.of_firm(firm_id).filter(
        starts_at__lte=moment, ends_at__gt=moment, published_at__isnull=False
    )
    found = rows.select_related("user", "partner").order_by("starts_at", "pk")
    return {Order(slot.order): slot for slot in found}


def on_duty(firm_id: str, moment: datetime) -> OnDuty:
    """Who holds the firm's duty at the moment. The chief is there by slot, else by the desk's
    setting, else the firm's first manager: an incident always reaches somebody."""
    slots, desk = holding(firm_id, moment), desk_of(firm_id)
    first = slots.get(Order.FIRST)
    partnership = _partnership(firm_id, first) if first else None
    chief = slots.get(Order.CHIEF)
    return OnDuty(
        first=_person(firm_id, first, partnership),
        second=_person(firm_id, slots.get(Order.SECOND), None),
        chief=_person(firm_id, chief, None) if chief else chief_of(firm_id, desk=desk),
        firm_id=partnership.partner_id if partnership else "",
        answer_minutes=partnership.answer_minutes if partnership else 0,
        phone=_phone(first, desk),
    )


def phone_of(firm_id: str, moment: datetime) -> str:
    """The number customers of the firm are told at the moment: the slot's, the firm's, ours."""
    return _phone(holding(firm_id, moment).get(Order.FIRST), desk_of(firm_id))


def chief_of(firm_id: str, *, desk: DutyDesk | None = None) -> DutyPerson | None:
    """Who answers for the firm's duty when no slot says so; None: the firm has no manager."""
    desk = desk or desk_of(firm_id)
    if desk.chief is not None and desk.chief.is_active:
        return person_of(firm_id, desk.chief)
    managers = Membership.objects.across_all(reason="a firm's own people").filter(
        firm=firm_id, role=Role.MANAGER, user__is_active=True
    )
    first = managers.select_related("user").order_by("pk").first()
    return person_of(firm_id, first.user) if first else None


def person_of(firm_id: str, user: User) -> DutyPerson:
    """The person with the number that wakes them."""
    member = DutyMember.objects.of_firm(firm_id).filter(user=user).first()
    return DutyPerson(user.pk, user.shown_name, member.phone if member else "", user.email)


def missed(moment: datetime) -> list[Booking]:
    """Every promise whose time has passed and that was neither kept nor noted as missed."""
    rows = Booking.objects.across_all(reason="the bell tells every firm's chief")
    late = rows.filter(
        promised_at__lt=moment, kept_at=None, missed_at=None, dropped_at=None
    ).select_related("user", "organisation")
    return list(late.order_by("promised_at", "pk"))


def _person(firm_id: str, slot: Slot | None, partnership: Partnership | None) -> DutyPerson | None:
    if slot is None:
        return None
    if slot.user is not None:
        return person_of(firm_id, slot.user)
    assert slot.partner is not None, "the database allows no slot without either"
    if partnership is None:  # ended meanwhile: the partner's people read nothing any more
        return None
    return DutyPerson(None, slot.partner.name, partnership.phone, partnership.mail)


def _partnership(firm_id: str, slot: Slot) -> Partnership | None:
    if slot.partner_id is None:
        return None
    open_ones = Partnership.objects.of_firm(firm_id).filter(partner=slot.partner_id, ended_at=None)
    return open_ones.first()


def _phone(slot: Slot | None, desk: DutyDesk) -> str:
    return (slot.phone if slot else "") or desk.phone or configuration().provider_phone
