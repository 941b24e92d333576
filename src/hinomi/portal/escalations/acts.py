"""What each kind of step puts into the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from hinomi.business.escalation import StepKind
from hinomi.core.words import ActionLevel
from hinomi.portal.incidents.letters import letter_about
from hinomi.portal.incidents.opening import add_action
from hinomi.portal.incidents.reaching import recipient
from hinomi.portal.notices.chiefs import Word, tell
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.services import queue_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.portal.escalations.around import Here
    from hinomi.portal.escalations.models import Step
    from hinomi.portal.incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Act:
    """What a step did: for whom, and how many messages. None: the next step comes soon."""

    name: str
    sent: int


def _tell(step: Step, incident: Incident, place: Here) -> Act:
    """The alarm itself wrote to everybody, in its own transaction; this counts what it wrote."""
    told = Notice.objects.of(incident.organisation_id).filter(
        incident_number=incident.number, level=ActionLevel.NOW, step=""
    )
    return Act("", told.count())


def _call(step: Step, incident: Incident, place: Here) -> Act:
    """One call to one person of the company. Who may not be called any more is passed over."""
    reach = place.call_of(step.whom)
    if reach is None:
        return Act("", 0)
    letter = letter_about(incident, reason=f"call:{_key(step)}")
    sent = queue_for(
        organisation_id=incident.organisation_id,
        letter=letter,
        recipients=[recipient(reach)],
        step=_key(step),
    )
    add_action(incident, f"返事がないため、{reach.name}さんに自動電話をかけます")
    return Act(reach.name, sent)


def _ours(step: Step, incident: Incident, place: Here) -> Act:
    """One of our people is asked to ring the company. No company is named outside the house."""
    people = place.ours(StepKind(step.kind))
    word = Word(
        reason=f"step:{_key(step)}",
        title=f"{incident.number}：お客様に電話してください",
        lines=(
            f"今すぐのお知らせ（{incident.number}）に、まだ返事がありません。",
            "お客様に電話して、話せたら画面の「電話で話せた」に書いてください。",
            "書くまで、次の人への呼び出しが続きます。",
        ),
        path=reverse("escalation", args=[incident.number]),
        level=ActionLevel.NOW.value,
        step=_key(step),
    )
    sent = tell(place.firm_id, word, people=people) if place.firm_id else 0
    names = "・".join(dict.fromkeys(each.name for each in people if each.name))
    add_action(incident, f"返事がないため、{names or '責任者'}に電話を頼みました")
    return Act(names, sent)


ACTS: Mapping[StepKind, Callable[[Step, Incident, Here], Act]] = {
    StepKind.TELL: _tell,
    StepKind.CALL: _call,
    StepKind.DESK: _ours,
    StepKind.SECOND: _ours,
    StepKind.CHIEF: _ours,
}


def _key(step: Step) -> str:
    return f"{step.escalation_id}:{step.number}"
