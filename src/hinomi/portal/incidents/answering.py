"""A customer's answer to an incident: stored at once, carried out by the bell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.core.words import IncidentState
from hinomi.portal.access import audit
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.usual import heed_answer
from hinomi.portal.incidents.wording import text_of

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User


class NotAnAnswer(HinomiError):
    """The incident offers no such button, or is closed."""


@transaction.atomic
def give_answer(*, incident: Incident, choice: str, user: User) -> Answer:
    """Store what was pressed. Pressing the same button twice in a row stores it once."""
    row = locked(incident.organisation_id, incident.pk)
    offered = {button.choice for button in text_of(row).buttons}
    if choice not in offered or not IncidentState(row.state).is_open:
        raise NotAnAnswer(f"{row.number} takes no answer {choice!r} now.")
    last = _last(row)
    if last is not None and last.choice == choice:
        return last
    audit.record(
        what="incidents:incident:answer",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        choice=choice,
    )
    heed_answer(incident=row, choice=choice, user=user)
    return Answer.objects.create(
        organisation_id=row.organisation_id, incident=row, choice=choice, by=user
    )


def _last(incident: Incident) -> Answer | None:
    answers = Answer.objects.of(incident.organisation_id).filter(incident=incident)
    return answers.order_by("-at", "-pk").first()
