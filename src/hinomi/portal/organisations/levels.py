"""Rights that open by level (練習席): off until a firm's manager sets a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.level_rows import EarnedLevel, RequiredLevel, Right
from hinomi.portal.organisations.models import Firm
from hinomi.portal.organisations.services import NotEngaged, serving_firm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Closing needs a second person now and then: one alone would lock everybody in.
LEAST_PEOPLE = {Right.CLOSE_NOW: 2, Right.OVERRIDE: 1}


class LevelTooLow(HinomiError):
    """The firm that serves the company asks for a higher level of practice."""

    words_ja = "この操作には、練習席のレベルが足りません。レベルのある人に頼んでください。"


class TooFewPeople(HinomiError):
    """Nobody could use the right any more."""

    def __init__(self, least: int) -> None:
        super().__init__(f"At least {least} people must hold the level first.")
        self.least = least


def holds(*, organisation_id: str, right: Right, user_id: int | None) -> bool:
    """Whether the person may use the right alone for this company: always, unless the firm that
    serves it asks for a level that the person does not hold now."""
    try:
        firm_id = serving_firm(organisation_id).pk
    except NotEngaged:
        return True
    wanted = required(firm_id).get(right)
    if wanted is None:
        return True
    rows = EarnedLevel.objects.of_firm(firm_id).filter(user=user_id, level__gte=wanted)
    return rows.filter(until__gt=now()).exists()


def require(*, organisation_id: str, right: Right, user_id: int | None) -> None:
    """Raises LevelTooLow where `holds` is false."""
    if not holds(organisation_id=organisation_id, right=right, user_id=user_id):
        raise LevelTooLow(f"The right {right} asks for a level of practice.")


def required(firm_id: str) -> dict[Right, int]:
    """Right → the level that the firm asks for."""
    rows = RequiredLevel.objects.of_firm(firm_id)
    return {Right(right): level for right, level in rows.values_list("right", "level")}


def levels_of(firm_id: str) -> dict[int, tuple[int, datetime]]:
    """Person → the highest level that holds now, and until when."""
    rows = EarnedLevel.objects.of_firm(firm_id).filter(until__gt=now()).order_by("level")
    return {row.user_id: (row.level, row.until) for row in rows}


@transaction.atomic
def require_level(*, firm_id: str, right: Right, level: int, user_id: int) -> bool:
    """The manager's word; 0 asks for none. False when it was so already. Raises TooFewPeople."""
    Firm.objects.select_for_update().get(pk=firm_id)
    if required(firm_id).get(right, 0) == level:
        return False
    if level:
        _require_people(firm_id, right, level)
        RequiredLevel.objects.of_firm(firm_id).update_or_create(
            firm_id=firm_id,
            right=right,
            defaults={"level": level, "set_by_id": user_id, "set_at": now()},
        )
    else:
        RequiredLevel.objects.of_firm(firm_id).filter(right=right).delete()
    audit.record(
        what="organisations:level:require",
        user_id=user_id,
        firm_id=firm_id,
        right=right.value,
        level=level,
    )
    return True


@transaction.atomic
def note_earned(*, firm_id: str, user_id: int, until: Mapping[int, datetime]) -> None:
    """What the person's results give now: level → until when."""
    rows = EarnedLevel.objects.of_firm(firm_id).filter(user=user_id)
    rows.exclude(level__in=until).delete()
    for level, moment in until.items():
        EarnedLevel.objects.of_firm(firm_id).update_or_create(
            firm_id=firm_id, user_id=user_id, level=level, defaults={"until": moment}
        )


def _require_people(firm_id: str, right: Right, level: int) -> None:
    rows = EarnedLevel.objects.of_firm(firm_id).filter(level__gte=level, until__gt=now())
    members = rows.filter(user__memberships__firm=firm_id, user__is_active=True)
    if members.values("user").distinct().count() < LEAST_PEOPLE[right]:
        raise TooFewPeople(LEAST_PEOPLE[right])
