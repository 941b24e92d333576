"""Begins an escalation for each alarm, and carries its steps out, one at a time.

A step, what it put into the outbox and the step that follows are saved together: a bell that dies
before the commit does the step again, one that dies after it goes on behind it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from hinomi.business.escalation import (
    LEAST_PAUSE,
    Past,
    StepKind,
    climbs,
    first_step,
    hurried,
    next_step,
    settled,
)
from hinomi.core import crash
from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.escalations.acts import ACTS, Act
from hinomi.portal.escalations.around import Here, here
from hinomi.portal.escalations.models import Escalation, Step, StepState, Stopped
from hinomi.portal.escalations.stopping import closed_by, stop
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.opening import locked
from hinomi.portal.notices.models import Alarm

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet

_WHY_ALL = "the bell escalates for every company"


def begin_due(*, limit: int = 200) -> int:
    """Take up alarms nobody took up yet, oldest first; returns how many. One whose incident is held
    waits with it."""
    waiting = Alarm.objects.across_all(reason=_WHY_ALL).filter(handled_at=None).order_by("pk")
    rows = list(waiting.values_list("pk", flat=True)[:limit])
    return sum(_take_up(pk) for pk in rows)


def run_due(*, limit: int = 200) -> int:
    """Carry out the steps that are due; returns how many."""
    due = _waiting().filter(due_at__lte=now()).order_by("due_at", "pk")
    return sum(_run(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def hurry(escalation_id: int) -> None:
    """The step before is known to have failed: the one that waits comes soon."""
    for step in _waiting().filter(escalation=escalation_id):
        due_at = hurried(step.due_at, now=now())
        _waiting().filter(pk=step.pk).update(due_at=due_at)


def settle() -> None:
    """A clock that went back must not put a step off."""
    moment = now()
    for step in _waiting().filter(due_at__gt=moment + LEAST_PAUSE):
        due_at = settled(step.due_at, pause=timedelta(seconds=step.pause_s), now=moment)
        if due_at != step.due_at:
            _waiting().filter(pk=step.pk).update(due_at=due_at)


def begin(incident: Incident, *, since: datetime) -> Escalation | None:
    """A new round; None while one runs. An answer after `since` is an answer to it: somebody may
    have been quicker than the bell. The people were told in writing by whoever rang the alarm:
    that is the first step. Call inside a transaction with the incident locked."""
    rounds = Escalation.objects.of(incident.organisation_id).filter(incident=incident)
    if rounds.filter(stopped_at=None).exists():
        return None
    last = rounds.aggregate(last=Max("round"))["last"] or 0
    found = Escalation.objects.create(
        organisation_id=incident.organisation_id,
        incident=incident,
        round=last + 1,
        started_at=now(),
        after_answer=_newest_answer(incident, until=since),
    )
    first = first_step(started_at=found.started_at)
    step = Step(
        organisation_id=found.organisation_id,
        escalation=found,
        number=0,
        kind=first.kind.value,
        due_at=first.due_at,
    )
    _do(step, incident, here(incident))
    return found


@transaction.atomic
def _take_up(pk: int) -> bool:
    alarm = Alarm.objects.across_all(reason=_WHY_ALL).select_for_update().get(pk=pk)
    found = Incident.objects.of(alarm.organisation_id).filter(number=alarm.incident_number).first()
    incident = locked(alarm.organisation_id, found.pk) if found else None
    if alarm.handled_at is not None or (incident is not None and incident.held_since is not None):
        return False
    Alarm.objects.of(alarm.organisation_id).filter(pk=pk).update(handled_at=now())
    if incident is None or not _is_alarming(incident):
        return True
    begin(incident, since=alarm.at)
    crash.point("bell:escalation-begun")
    return True


def _is_alarming(incident: Incident) -> bool:
    return climbs(ActionLevel(incident.level)) and IncidentState(incident.state).is_open


@transaction.atomic
def _run(pk: int) -> bool:
    found = _waiting().select_related("escalation").filter(pk=pk).first()
    if found is None:
        return False
    incident = locked(found.organisation_id, found.escalation.incident_id)
    step = _waiting().select_related("escalation").filter(pk=pk).first()  # under the lock
    if step is None or step.escalation.stopped_at is not None:
        return False
    if _was_put_away(step.escalation, incident):
        return True
    _do(step, incident, here(incident))
    crash.point("bell:step-before-commit")
    return True


def _was_put_away(escalation: Escalation, incident: Incident) -> bool:
    """Closed or merged by a person of ours: nobody is rung about it any more."""
    if IncidentState(incident.state).is_open and incident.merged_into_id is None:
        return False
    by = closed_by(incident)
    if by is None:
        return False  # nobody did that: it goes on until a person answers
    how = Stopped.MERGED if incident.merged_into_id is not None else Stopped.CLOSED
    stop(escalation, how=how, by=by)
    _go_on_with(incident.merged_into)
    return True


def _go_on_with(target: Incident | None) -> None:
    """What was merged is asked about under its new number, where nobody was asked yet."""
    if target is None or not _is_alarming(target):
        return
    row = locked(target.organisation_id, target.pk)
    if not Escalation.objects.of(row.organisation_id).filter(incident=row).exists():
        begin(row, since=now())


def _do(step: Step, incident: Incident, place: Here) -> None:
    """The step's act, its record, and the step that follows."""
    done: Act = ACTS[StepKind(step.kind)](step, incident, place)
    step.state, step.ran_at = StepState.DONE, now()
    step.name, step.sent = done.name[:200], done.sent
    step.save()
    _plan(step.escalation, place, failed=not done.sent)


def _plan(escalation: Escalation, place: Here, *, failed: bool) -> None:
    past = [
        Past(StepKind(row.kind), row.whom, row.due_at, row.ran_at or row.due_at)
        for row in Step.objects.of(escalation.organisation_id)
        .filter(escalation=escalation, state=StepState.DONE)
        .order_by("number")
    ]
    planned = next_step(past, around=place.around())
    due_at = hurried(planned.due_at, now=now()) if failed else planned.due_at
    Step.objects.create(
        organisation_id=escalation.organisation_id,
        escalation=escalation,
        number=len(past),
        kind=planned.kind.value,
        whom=planned.whom[:60],
        due_at=due_at,
        pause_s=int(planned.pause.total_seconds()),
    )


def _newest_answer(incident: Incident, *, until: datetime) -> int:
    rows = Answer.objects.of(incident.organisation_id).filter(incident=incident, at__lte=until)
    return rows.aggregate(last=Max("pk"))["last"] or 0


def _waiting() -> ScopedQuerySet[Step]:
    return Step.objects.across_all(reason=_WHY_ALL).filter(
        state=StepState.WAITING, escalation__stopped_at=None
    )
