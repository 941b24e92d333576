"""At night one person does not close what was 今すぐ alone: a second one looks, by noon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from hinomi.business.second_look import due_at
from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.duties.night import night_promise
from hinomi.portal.incidents.models import CLOSED_STATES, SecondLook
from hinomi.portal.notices.chiefs import tell_chiefs
from hinomi.portal.organisations import levels
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.portal.organisations.models import Right
from hinomi.portal.organisations.services import NotEngaged, serving_firm

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

_AT_ONCE = 100
_OVERDUE = (
    "夜に1人が完了にした「今すぐ」の案件です。",
    "別の担当者に、確かめてもらってください。",
)
CONFIRMED, DECLINED, WITHDRAWN = "confirmed", "declined", "withdrawn"


class SamePerson(HinomiError):
    """Who asked for the second look cannot be the second person."""


class NothingToLookAt(HinomiError):
    """No second look is open: somebody was faster, or the incident went another way."""


def is_held(*, incident: Incident, state: IncidentState, moment: datetime, user: User) -> bool:
    """Whether this close waits for a second person: at night, and by day where the firm asks for a
    level of practice that this one lacks. 誤検知 and 様子を見ています never do."""
    if state is not IncidentState.DONE or incident.level != ActionLevel.NOW:
        return False
    if pending(incident) is not None or is_night(incident.organisation_id, moment):
        return True
    company = incident.organisation_id
    return not levels.holds(organisation_id=company, right=Right.CLOSE_NOW, user_id=user.pk)


def is_night(organisation_id: str, moment: datetime) -> bool:
    """Whether it is one of the hours the night promise is about. A closed afternoon is none."""
    promise = night_promise(organisation_id)
    at = calendar_of(organisation_id).local(moment).time()
    return not promise.opens <= at < promise.closes


def pending(incident: Incident) -> SecondLook | None:
    """The look that waits for a second person."""
    rows = SecondLook.objects.of(incident.organisation_id).select_related("asked_by")
    return rows.filter(incident=incident, ended_at=None).first()


def ask(*, incident: Incident, reason: str, user: User) -> tuple[SecondLook, bool]:
    """Begin to wait; the look, and whether it is new. Call with the incident held."""
    found = pending(incident)
    if found is not None:
        return found, False
    moment = now()
    made = SecondLook.objects.create(
        organisation_id=incident.organisation_id,
        incident=incident,
        asked_by=user,
        asked_at=moment,
        due_at=due_at(moment, timezone=incident.organisation.timezone),
        reason=reason,
    )
    return made, True


def finish(*, incident: Incident, outcome: str, note: str, user: User) -> SecondLook:
    """The second person's word. Call with the incident held. Raises SamePerson, and LevelTooLow
    for a yes by somebody who may not close it."""
    found = pending(incident)
    if found is None:
        raise NothingToLookAt(f"{incident.number} waits for nobody.")
    if found.asked_by_id == user.pk:
        raise SamePerson(f"{incident.number} waits for another person.")
    if outcome == CONFIRMED:
        company = incident.organisation_id
        levels.require(organisation_id=company, right=Right.CLOSE_NOW, user_id=user.pk)
    _end(found, outcome=outcome, note=note, user=user)
    return found


def withdraw(*, incident: Incident) -> None:
    """The incident went another way: nobody needs to look at the old question any more."""
    found = pending(incident)
    if found is not None:
        _end(found, outcome=WITHDRAWN, note="", user=None)


def remind() -> int:
    """It is noon and nobody looked: the chief learns it, once each; returns how many looks. One
    whose incident was closed by something else is put away."""
    open_rows = SecondLook.objects.across_all(reason="the clock strikes noon for every company")
    open_rows = open_rows.filter(ended_at=None)
    open_rows.filter(incident__state__in=CLOSED_STATES).update(ended_at=now(), outcome=WITHDRAWN)
    due = open_rows.filter(due_at__lte=now(), chief_told_at=None).select_related("incident")
    return sum(_remind(row) for row in due.order_by("due_at")[:_AT_ONCE])


@transaction.atomic
def _remind(row: SecondLook) -> bool:
    rows = SecondLook.objects.of(row.organisation_id).filter(pk=row.pk)
    if not rows.filter(ended_at=None, chief_told_at=None).update(chief_told_at=now()):
        return False
    number = row.incident.number
    try:
        firm = serving_firm(row.organisation_id)
    except NotEngaged:  # the contract ended meanwhile: there is no chief left to tell
        return False
    tell_chiefs(
        firm.id,
        reason=f"second-look:{row.pk}",
        title=f"{number}の2人目の確認が、正午を過ぎても終わっていません",
        lines=(
            "夜に1人が完了にした「今すぐ」の案件です。",
            "別の担当者に、確かめてもらってください。",
        ),
        path=reverse("case", args=[number]),
    )
    return True


def _end(row: SecondLook, *, outcome: str, note: str, user: User | None) -> None:
    row.ended_at, row.ended_by = now(), user
    row.outcome, row.note = outcome, note[:500]
    row.save(update_fields=["ended_at", "ended_by", "outcome", "note"])
