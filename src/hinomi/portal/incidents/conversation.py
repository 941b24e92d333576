"""Customers' answers move their incidents: the bell carries out what the page stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.models import Answer, EntryKind, TimelineEntry
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.wording import text_of
from hinomi.respond.plain import plain
from hinomi.triage.answers import CHOICE_WORDS, NEEDS_PERSON, state_after

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident

_WHY_ALL = "the bell carries out the answers of every company"


def handle_answers(*, limit: int = 100) -> int:
    """Carry out answers that nobody has handled, oldest first; returns how many."""
    waiting = Answer.objects.across_all(reason=_WHY_ALL).filter(handled_at=None)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    for pk in ids:
        _handle(pk)
    return len(ids)


@transaction.atomic
def _handle(pk: int) -> None:
    answer = Answer.objects.across_all(reason=_WHY_ALL).select_related("by").get(pk=pk)
    incident = locked(answer.organisation_id, answer.incident_id)
    label = _label(incident, answer.choice)
    _note(incident, answer, f"「{label}」が押されました")
    if answer.choice in NEEDS_PERSON:
        _note(incident, answer, "担当者からの連絡が必要です", is_ours=True)
    _move(incident, answer)
    answer.handled_at = now()
    answer.save(update_fields=["handled_at"])


def _move(incident: Incident, answer: Answer) -> None:
    before = IncidentState(incident.state)
    after = state_after(
        answer.choice,
        state=before,
        level=ActionLevel(incident.level),
        is_assigned=incident.assigned_to_id is not None,
    )
    incident.version += 1
    if after is not before:
        incident.state = after.value
        if not after.is_open:
            incident.closed_at = now()
            _record_close(incident, answer)
    incident.save(update_fields=["state", "closed_at", "version"])


def _record_close(incident: Incident, answer: Answer) -> None:
    record_decision(
        organisation_id=incident.organisation_id,
        kind=DecisionKind.CLOSED_WHEN_READ,
        incident=incident,
        body={
            "choice": answer.choice,
            "level": incident.level,
            "disposition": incident.disposition,
            "text_version": incident.text_version,
            "shown": plain(text_of(incident)),
        },
    )


def _label(incident: Incident, choice: str) -> str:
    """What the button said; the general word when the text has changed meanwhile."""
    labels = {button.choice: button.label for button in text_of(incident).buttons}
    return labels.get(choice) or CHOICE_WORDS.get(choice, choice)


def _note(incident: Incident, answer: Answer, text: str, *, is_ours: bool = False) -> None:
    by = answer.by
    TimelineEntry.objects.create(
        organisation_id=incident.organisation_id,
        incident=incident,
        at=answer.at,
        kind=EntryKind.ACTION,
        text=text,
        actor="" if is_ours or by is None else by.shown_name,
        visible_to_customer=not is_ours,
    )
