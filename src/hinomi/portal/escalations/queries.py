"""Escalations ready to show to our people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from hinomi.portal.escalations.models import CallBack, Escalation, Step, StepState
from hinomi.portal.incidents.wording import titles_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Row:
    """One running escalation."""

    escalation: Escalation
    title: str
    last: Step | None
    waiting: Step | None
    is_ours: bool


def running(scope: Scope, *, search: str = "") -> ScopedQuerySet[Escalation]:
    """Those nobody answered yet, oldest first."""
    rows = Escalation.objects.within(scope).filter(stopped_at=None)
    if search:
        rows = rows.filter(incident__number__icontains=search) | rows.filter(
            organisation__name__icontains=search
        )
    steps = Prefetch("steps", Step.objects.within(scope).order_by("number"), to_attr="listed")
    related = rows.select_related("incident__organisation", "incident__assigned_to")
    return related.prefetch_related(steps).order_by("started_at", "pk")


def as_rows(found: Iterable[Escalation]) -> list[Row]:
    """With their headlines, in one query for all."""
    listed = list(found)
    titles = titles_of(each.incident for each in listed)
    return [_row(each, titles[each.incident_id]) for each in listed]


def _row(escalation: Escalation, title: str) -> Row:
    steps: list[Step] = getattr(escalation, "listed", [])
    done = [step for step in steps if step.state == StepState.DONE]
    waiting = [step for step in steps if step.state == StepState.WAITING]
    return Row(
        escalation,
        title,
        done[-1] if done else None,
        waiting[0] if waiting else None,
        is_ours=any(step.kind in ("desk", "second", "chief") for step in done),
    )


def rounds_of(incident: Incident) -> list[Escalation]:
    """All rounds of an incident with their steps, newest first."""
    mine = Step.objects.of(incident.organisation_id).order_by("number")
    rows = Escalation.objects.of(incident.organisation_id).filter(incident=incident)
    return list(
        rows.select_related("by")
        .prefetch_related(Prefetch("steps", mine, to_attr="listed"))
        .order_by("-round")
    )


def call_back_of(incident: Incident) -> CallBack | None:
    """The newest promised call of an incident."""
    rows = CallBack.objects.of(incident.organisation_id).filter(answer__incident=incident)
    return rows.select_related("booking__user").order_by("-pk").first()
