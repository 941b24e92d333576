"""Ends an escalation. Each way of ending is something a person did; the row says who and how."""

from __future__ import annotations

from django.db.models import Q

from hinomi.portal.access import audit
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.accounts.models import User
from hinomi.portal.escalations.models import Escalation, Step, StepState, Stopped
from hinomi.portal.incidents.models import Answer, DecisionRecord, Incident
from hinomi.portal.incidents.opening import add_action
from hinomi.portal.notices.models import FirmNotice, Notice, NoticeState

_CLOSERS = ("state", "second_look", "merge", "bulk", "close")
_WHY_ALL = "one escalation's own messages to our people"


def stop(
    escalation: Escalation,
    *,
    how: Stopped,
    by: User | None = None,
    who: str = "",
    said: str = "",
    answer: Answer | None = None,
) -> None:
    """A person answered: nothing that still waits is done, and nobody is rung any more. Call inside
    a transaction with the incident locked."""
    escalation.stopped_at, escalation.how = now(), how.value
    escalation.by, escalation.answer = by, answer
    escalation.who = (who or (by.shown_name if by else ""))[:200]
    escalation.said = said
    escalation.save()
    waiting = Step.objects.of(escalation.organisation_id).filter(
        escalation=escalation, state=StepState.WAITING
    )
    waiting.update(state=StepState.STOPPED)
    _take_back_messages(escalation)
    name = f"（{escalation.who}）" if escalation.who else ""
    add_action(escalation.incident, f"返事がありました：{how.label}{name}。呼び出しを終えました")
    audit.record(
        what="escalations:escalation:answered",
        user_id=by.pk if by else None,
        organisation_id=escalation.organisation_id,
        incident=escalation.incident.number,
        round=escalation.round,
        how=how.value,
    )


def closed_by(incident: Incident) -> User | None:
    """The person of ours who closed or merged it, as the audit trail and the 判断の控え know."""
    acts = [f"incidents:incident:{act}" for act in _CLOSERS]
    entries = AuditEntry.objects.filter(
        Q(detail__incident=incident.number),
        organisation_id=incident.organisation_id,
        user__isnull=False,
        what__in=acts,
    )
    newest = entries.select_related("user").order_by("-pk").first()
    if newest is not None:
        return newest.user
    return _answered_campaign(incident)


def _answered_campaign(incident: Incident) -> User | None:
    """「更新プログラムでした」 closes its incidents in the name of who said so."""
    record = (
        DecisionRecord.objects.of(incident.organisation_id)
        .filter(incident=incident, kind="explained_by_update")
        .order_by("-sequence")
        .first()
    )
    ids = record.body.get("answered_by") or [] if record else []
    return User.objects.filter(pk__in=[each for each in ids if each]).first()


def _take_back_messages(escalation: Escalation) -> None:
    """Calls and messages of its steps that nobody began to send; what is being sent, is sent."""
    mine = f"{escalation.pk}:"
    unsent = {"state": NoticeState.QUEUED, "step__startswith": mine}
    Notice.objects.of(escalation.organisation_id).filter(**unsent).update(state=NoticeState.DROPPED)
    FirmNotice.objects.across_all(reason=_WHY_ALL).filter(**unsent).update(
        state=NoticeState.DROPPED
    )
