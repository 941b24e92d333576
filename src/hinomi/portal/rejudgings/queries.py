"""What waits to be judged again, one of it with everything we know, the records, and the rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from hinomi.business.rejudging import last_week, told
from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.exceptions.models import RuleException
from hinomi.portal.incidents.decisions import broken_at
from hinomi.portal.incidents.models import DecisionRecord, IncidentFinding
from hinomi.portal.incidents.queries.findings import FindingView, views
from hinomi.portal.notices.services import was_told
from hinomi.portal.rejudgings.facts import DecisionView, decision_view
from hinomi.portal.rejudgings.models import Rejudging, Verdict
from hinomi.portal.rejudgings.services import DUE_AFTER, waiting

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import QueryDict

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

SHOWN = 30
FINDINGS_SHOWN = 5
CHECKED_AT_ONCE = 5_000  # a longer chain is verified when somebody asks
SPANS = {"4週間": 4, "13週間": 13}
_EXCEPTION = "exception:"
_JUDGED = [Verdict.RIGHT.value, Verdict.WRONG.value]


@dataclass(frozen=True, slots=True)
class Rate:
    """The error rate over the last weeks as a sentence; `unclear` are counted apart."""

    span: str
    sentence: str
    unclear: int


@dataclass(frozen=True, slots=True)
class Follow:
    """What can be done after 違っていた."""

    is_closed: bool
    is_merged: bool
    was_told: bool
    exception: RuleException | None
    exception_state: str


@dataclass(frozen=True, slots=True)
class RejudgingView:
    """One drawn decision with its evidence, as far as it is still there."""

    row: Rejudging
    decision: DecisionView
    findings: list[FindingView]
    due_at: datetime
    follow: Follow | None


@dataclass(frozen=True, slots=True)
class Records:
    """One part of the 判断の控え, newest first; `following` is the place of the next part."""

    items: list[DecisionView]
    following: int | None


def drawn(scope: Scope, firm_id: str) -> ScopedQuerySet[Rejudging]:
    """What was drawn for the firm at companies in the scope."""
    rows = Rejudging.objects.within(scope).filter(draw__firm=firm_id)
    return rows.select_related("draw", "decision__incident", "organisation", "judged_by")


def listed(scope: Scope, firm_id: str, *, is_done: bool) -> ScopedQuerySet[Rejudging]:
    """What waits, oldest draw first; or what was answered, newest first."""
    rows = drawn(scope, firm_id)
    if is_done:
        return rows.exclude(verdict="").order_by("-judged_at", "-pk")
    return rows.filter(verdict="").order_by("pk")


def next_of(scope: Scope, firm_id: str) -> int | None:
    """The first that waits."""
    rows = listed(scope, firm_id, is_done=False)
    return rows.values_list("pk", flat=True).first()


def overdue(firm_id: str) -> int:
    """How many wait longer than they may."""
    moment = now()
    return waiting(firm_id, moment).filter(draw__drawn_at__lte=moment - DUE_AFTER).count()


def rejudging_view(row: Rejudging, scope: Scope) -> RejudgingView:
    """Everything that helps to judge."""
    decision = row.decision
    rows = IncidentFinding.objects.of(row.organisation_id).filter(incident=decision.incident_id)
    found = views(rows.order_by("-event_at", "-pk")[:FINDINGS_SHOWN]) if decision.incident else []
    return RejudgingView(
        row=row,
        decision=decision_view(decision),
        findings=found,
        due_at=row.draw.drawn_at + DUE_AFTER,
        follow=_follow(row, scope) if row.verdict == Verdict.WRONG else None,
    )


def _follow(row: Rejudging, scope: Scope) -> Follow:
    incident = row.decision.incident
    exception = _exception(row.decision, scope)
    return Follow(
        is_closed=incident is not None and not IncidentState(incident.state).is_open,
        is_merged=incident is not None and incident.merged_into_id is not None,
        was_told=incident is not None
        and was_told(organisation_id=row.organisation_id, incident_number=incident.number),
        exception=exception,
        exception_state=_state(exception, now()) if exception else "",
    )


def _exception(record: DecisionRecord, scope: Scope) -> RuleException | None:
    by = str(record.body.get("silenced_by", ""))
    if not by.startswith(_EXCEPTION):
        return None
    return RuleException.objects.within(scope).filter(pk=by.removeprefix(_EXCEPTION)).first()


def _state(exception: RuleException, moment: datetime) -> str:
    if exception.ended_at is not None:
        return "ended"
    return "holds" if exception.until > moment else "expired"


def rates(firm_id: str) -> list[Rate]:
    """How often the machine was wrong, by what people said of the draws of the last weeks."""
    newest = last_week(now())
    since = {span: newest - timedelta(weeks=weeks - 1) for span, weeks in SPANS.items()}
    rows = Rejudging.objects.across_all(reason="a firm's own numbers, naming no company")
    rows = rows.filter(draw__firm=firm_id, draw__week__gte=min(since.values())).exclude(verdict="")
    numbers = rows.aggregate(
        **{
            f"{name}_{weeks}": Count("pk", filter=asked & Q(draw__week__gte=since[span]))
            for span, weeks in SPANS.items()
            for name, asked in (
                ("judged", Q(verdict__in=_JUDGED)),
                ("wrong", Q(verdict=Verdict.WRONG)),
                ("unclear", Q(verdict=Verdict.UNCLEAR)),
            )
        }
    )
    return [
        Rate(
            span,
            told(numbers[f"wrong_{weeks}"], numbers[f"judged_{weeks}"]),
            numbers[f"unclear_{weeks}"],
        )
        for span, weeks in SPANS.items()
    ]


def records(
    scope: Scope, *, organisation_id: str = "", before: int | None, for_customer: bool
) -> Records:
    """A part of the records in the scope. A customer does not read of an incident that is held."""
    rows = DecisionRecord.objects.within(scope).select_related("organisation", "incident")
    if organisation_id:
        rows = rows.filter(organisation=organisation_id)
    if for_customer:
        rows = rows.filter(incident__held_since=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: SHOWN + 1])
    following = found[SHOWN - 1].pk if len(found) > SHOWN else None
    return Records([decision_view(row) for row in found[:SHOWN]], following)


def chain_ja(organisation_id: str, question: QueryDict) -> str:
    """Whether the company's chain holds, in a sentence; "" when it is long and nobody asked."""
    count = DecisionRecord.objects.of(organisation_id).count()
    if count > CHECKED_AT_ONCE and question.get("check") != "1":
        return ""
    broken = broken_at(organisation_id)
    if broken is None:
        return f"{count}件のつながりを確かめました。書き換えも、抜けもありません。"
    return f"{broken}件目から、つながりが合いません。書き換えられたか、抜けています。"
