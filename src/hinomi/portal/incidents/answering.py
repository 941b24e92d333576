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
from hinomi.portal.notices.models import Alarm

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User


class NotAnAnswer(HinomiError):
    """The incident offers no such button, or is closed."""


@transaction.atomic
def give_answer(*, incident: Incident, choice: str, user: User | None) -> Answer:
    """Store what was pressed. Pressing the same button twice in a row stores it once. `user` None:
    a contact who has no sign-in, by a key of our call or the page of a mail."""
    row = locked(incident.organisation_id, incident.pk)
    offered = {button.choice for button in text_of(row).buttons}
    if choice not in offered or not IncidentState(row.state).is_open:
        raise NotAnAnswer(f"{row.number} takes no answer {choice!r} now.")
    last = _last(row)
    if last is not None and last.choice == choice and not _was_asked_since(row, last):
        return last
    audit.record(
        what="incidents:incident:answer",
        user_id=user.pk if user else None,
        organisation_id=row.organisation_id,
        incident=row.number,
        choice=choice,
    )
    if user is not None:
        heed_answer(incident=row, choice=choice, user=user)
    return Answer.objects.create(
        organisation_id=row.organisation_id, incident=row, choice=choice, by=user
    )


def _was_asked_since(incident: Incident, last: Answer) -> bool:
    """The attack came back and the company was rung anew: the same word is a new answer."""
    alarms = Alarm.objects.of(incident.organisation_id).filter(incident_number=incident.number)
    return alarms.filter(at__gt=last.at).exists()


def _last(incident: Incident) -> Answer | None:
    answers = Answer.objects.of(incident.organisation_id).filter(incident=incident)
    return answers.order_by("-at", "-pk").first()
