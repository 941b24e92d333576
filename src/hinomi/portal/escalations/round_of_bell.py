"""What the bell does here in each look: alarms, steps, answers, and what carriers told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access.time import now
from hinomi.portal.duties.models import ChiefAlert
from hinomi.portal.escalations.models import Step, StepState
from hinomi.portal.escalations.promises import tell_missed
from hinomi.portal.escalations.rounds import begin_due, hurry, run_due, settle
from hinomi.portal.escalations.services import heed_answers
from hinomi.portal.incidents.models import Answer
from hinomi.portal.notices.chiefs import Word, chiefs, tell, tell_chiefs
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.notices.reports import note_passed, read_reports
from hinomi.portal.organisations.models import Firm
from hinomi.portal.ways.queries import over_quota

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSES_AFTER = timedelta(days=1)
_WHY_ALL = "the bell looks after every company"


def look() -> int:
    """What must not wait; returns how much there was to do."""
    return begin_due() + heed_answers() + run_due()


def look_again() -> int:
    """What may wait some seconds: what did not arrive, and what the chiefs must know."""
    settle()
    lost = read_reports()
    _hurry_for(lost)
    _hurry_for(_failed_calls())
    return len(lost) + tell_missed() + _tell_alerts()


def tidy() -> None:
    """Once a minute: mails nobody answered, ways whose month is used up."""
    answered = Answer.objects.across_all(reason=_WHY_ALL).filter(at__gt=now() - timedelta(days=30))
    note_passed(
        after=PASSES_AFTER,
        answered=list(answered.order_by().values_list("incident__number", flat=True).distinct()),
    )
    for firm in Firm.objects.order_by("pk"):
        _tell_quota(firm.pk)


def _hurry_for(lost: Iterable[Notice]) -> None:
    for notice in lost:
        number = notice.step.partition(":")[0]
        if number.isdigit():
            hurry(int(number))


def _failed_calls() -> list[Notice]:
    """Calls of the step just done that failed for good: nobody will answer them."""
    waiting = Step.objects.across_all(reason=_WHY_ALL).filter(
        state=StepState.WAITING, escalation__stopped_at=None, due_at__gt=now()
    )
    keys = [
        f"{row.escalation_id}:{row.number - 1}"
        for row in waiting.only("escalation_id", "number")[:200]
    ]
    rows = Notice.objects.across_all(reason=_WHY_ALL).filter(step__in=keys)
    return list(rows.filter(state=NoticeState.FAILED))


def _tell_alerts() -> int:
    rows = ChiefAlert.objects.across_all(reason=_WHY_ALL).filter(told_at=None)
    return sum(_tell_alert(alert.pk) for alert in rows.order_by("pk")[:50])


@transaction.atomic
def _tell_alert(pk: int) -> bool:
    rows = ChiefAlert.objects.across_all(reason=_WHY_ALL).filter(pk=pk, told_at=None)
    alert = rows.first()
    if alert is None or not rows.update(told_at=now()):
        return False
    word = Word(reason=f"alert:{alert.pk}", title=alert.get_kind_display(), lines=(alert.words,))
    tell(alert.firm_id, word, people=chiefs(alert.firm_id))
    return True


@transaction.atomic
def _tell_quota(firm_id: str) -> None:
    moment = now()
    for month in over_quota(firm_id=firm_id, moment=moment):
        tell_chiefs(
            firm_id,
            reason=f"quota:{month.kind}:{moment:%Y-%m}",
            title=f"{month.kind}の今月の上限に達しました",
            lines=("今すぐのお知らせは、このまま送ります。ほかは、メールで送ります。",),
        )
