"""交代を頼む: the holder of a slot asks a colleague, who takes it or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.business.rota import Duty, Order, Span
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Slot, Swap
from hinomi.portal.duties.rota import key_of, lock, put, require_own
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from hinomi.portal.access.owned import FirmOwnedQuerySet


def open_swaps(firm_id: str) -> list[Swap]:
    """Not answered and not over, soonest first."""
    rows = _open(firm_id).select_related("asked_by", "asked_of", "slot")
    return list(rows.order_by("starts_at", "pk"))


@transaction.atomic
def ask(*, slot: Slot, asked_by: int, asked_of: int, reason: str) -> Swap:
    """Ask a colleague to take the slot. Asked twice (a double click) it is one. Raises UsageError
    for another's slot, one that is over or not made known, and for oneself."""
    lock(slot.firm_id)
    if slot.user_id != asked_by or slot.published_at is None or slot.ends_at <= now():
        raise UsageError("Only one's own coming duty can be swapped.")
    if asked_of == asked_by:
        raise UsageError("Somebody else must be asked.")
    require_own(slot.firm_id, key_of(asked_of, None))
    present = _open(slot.firm_id).filter(slot=slot).first()
    if present is not None:
        return present
    try:
        with transaction.atomic():
            swap = Swap.objects.of_firm(slot.firm_id).create(
                firm_id=slot.firm_id,
                slot=slot,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                asked_by_id=asked_by,
                asked_of_id=asked_of,
                reason=one_line(reason)[:200],
            )
    except IntegrityError:
        return _open(slot.firm_id).get(slot=slot)
    _audit("ask", swap, asked_by)
    return swap


@transaction.atomic
def take(swap: Swap, *, user_id: int) -> bool:
    """The asked person takes the slot, and with it the calls promised in it. False when it was
    answered before or the slot changed meanwhile. Raises UsageError for anybody else."""
    lock(swap.firm_id)
    _require(swap.asked_of_id, user_id)
    slot = Slot.objects.of_firm(swap.firm_id).filter(pk=swap.slot_id or 0).first()
    is_same = slot is not None and (slot.user_id, slot.starts_at, slot.ends_at) == (
        swap.asked_by_id,
        swap.starts_at,
        swap.ends_at,
    )
    if slot is None or not is_same or not _answer(swap, "taken"):
        return False
    span = Span(max(slot.starts_at, now()), slot.ends_at)  # what was held stays held
    duty = Duty(Order(slot.order), span, key_of(user_id, None), slot.phone)
    put(firm_id=swap.firm_id, duty=duty)
    _audit("take", swap, user_id)
    return True


@transaction.atomic
def refuse(swap: Swap, *, user_id: int) -> bool:
    """The asked person does not take it; the holder keeps the duty."""
    _require(swap.asked_of_id, user_id)
    done = _answer(swap, "refused")
    if done:
        _audit("refuse", swap, user_id)
    return done


@transaction.atomic
def withdraw(swap: Swap, *, user_id: int) -> bool:
    """The holder needs nobody any more."""
    _require(swap.asked_by_id, user_id)
    done = _answer(swap, "dropped")
    if done:
        _audit("drop", swap, user_id)
    return done


def _open(firm_id: str) -> FirmOwnedQuerySet[Swap]:
    return Swap.objects.of_firm(firm_id).filter(answer="", ends_at__gt=now(), slot__isnull=False)


def _answer(swap: Swap, answer: str) -> bool:
    rows = _open(swap.firm_id).filter(pk=swap.pk)
    return bool(rows.update(answer=answer, answered_at=now()))


def _require(wanted: int, user_id: int) -> None:
    if wanted != user_id:
        raise UsageError("Only the person who was asked answers, only who asked takes it back.")


def _audit(act: str, swap: Swap, user_id: int) -> None:
    audit.record(what=f"duties:swap:{act}", user_id=user_id, firm_id=swap.firm_id, swap=swap.pk)
