"""Writes how a firm keeps its duty: its pattern, its numbers, its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.duties.models import DutyDesk, DutyMember, PatternLine
from hinomi.portal.duties.rota import PARTNER, USER, lock, require_own
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITS = ("nights_in_row", "nights_in_month", "rest_hours", "calls_in_half_hour")


class ChangedMeanwhile(HinomiError):
    """Somebody else saved first."""


def lines_of(firm_id: str) -> list[PatternLine]:
    """The pattern, by order, weekday and time."""
    rows = PatternLine.objects.of_firm(firm_id).select_related("user", "partner")
    return sorted(
        rows, key=lambda row: (row.order, -1 if row.weekday is None else row.weekday, row.starts)
    )


@transaction.atomic
def add_line(firm_id: str, said: Mapping[str, Any], *, minutes: int, user_id: int | None) -> None:
    """One more line; the same once more (a double click) adds none."""
    lock(firm_id)
    who = said["who"]
    require_own(firm_id, who)
    holder: dict[str, Any] = {
        "user_id": int(who.removeprefix(USER)) if who.startswith(USER) else None,
        "partner_id": who.removeprefix(PARTNER) if who.startswith(PARTNER) else None,
    }
    PatternLine.objects.of_firm(firm_id).get_or_create(
        **holder,
        firm_id=firm_id,
        order=said["order"],
        weekday=int(said["weekday"]) if said["weekday"] else None,
        weeks=said["weeks"],
        holidays=said["holidays"],
        starts=said["starts"],
        minutes=minutes,
        phone=one_line(said["phone"]),
    )
    audit.record(what="duties:pattern:add", user_id=user_id, firm_id=firm_id, who=who)


@transaction.atomic
def remove_line(firm_id: str, pk: int, *, user_id: int | None) -> bool:
    """One line less; False when there is none (any more)."""
    removed, _ = PatternLine.objects.of_firm(firm_id).filter(pk=pk).delete()
    if removed:
        audit.record(what="duties:pattern:remove", user_id=user_id, firm_id=firm_id, line=pk)
    return bool(removed)


@transaction.atomic
def set_desk(
    firm_id: str, said: Mapping[str, Any], *, phones: Mapping[int, str], user_id: int | None
) -> None:
    """Numbers, limits and the chief. Raises ChangedMeanwhile when the version is not the one that
    was read."""
    lock(firm_id)
    desk = DutyDesk.objects.of_firm(firm_id).first() or DutyDesk(firm_id=firm_id, version=0)
    if (said["version"] or 0) != desk.version:
        raise ChangedMeanwhile("The settings changed meanwhile.")
    desk.phone = one_line(said["phone"])
    desk.chief_id = int(said["chief"]) if said["chief"] else None
    for name in _LIMITS:
        setattr(desk, name, said[name])
    desk.version += 1
    desk.save()
    for person, phone in phones.items():
        DutyMember.objects.of_firm(firm_id).update_or_create(
            firm_id=firm_id, user_id=person, defaults={"phone": one_line(phone)}
        )
    audit.record(what="duties:desk:set", user_id=user_id, firm_id=firm_id, version=desk.version)
