"""案件 on the console: what happened, why we say so, what the customer sees, what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.portal.incidents.models import DecisionRecord, IncidentFinding
from hinomi.portal.incidents.queries.findings import FindingView, views
from hinomi.portal.incidents.queries.page import IncidentPage, incident_page
from hinomi.portal.incidents.queries.timeline import Happening, timeline
from hinomi.portal.incidents.queries.words import DECISIONS
from hinomi.portal.notices.models import Notice
from hinomi.portal.ui.pages import Page, page_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import QueryDict

    from hinomi.portal.incidents.models import Incident

FINDINGS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A 判断の控え: what was decided without a person."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """The console's page of one incident."""

    page: IncidentPage
    timeline: tuple[Happening, ...]
    findings: list[FindingView]
    findings_page: Page[IncidentFinding]
    notices: list[Notice]
    decisions: tuple[Decision, ...]


def case_view(incident: Incident, *, number: int, question: QueryDict) -> CaseView:
    """Everything on the page; findings by pages, newest first."""
    rows = (
        IncidentFinding.objects.of(incident.organisation_id)
        .filter(incident=incident)
        .order_by("-event_at", "-pk")
    )
    page = page_of(rows, number=number, question=question, size=FINDINGS_SHOWN)
    company = incident.organisation_id
    return CaseView(
        page=incident_page(incident),
        timeline=timeline(incident),
        findings=views(page.items),
        findings_page=page,
        notices=list(
            Notice.objects.of(company).filter(incident_number=incident.number).order_by("pk")
        ),
        decisions=_decisions(incident),
    )


def _decisions(incident: Incident) -> tuple[Decision, ...]:
    rows = DecisionRecord.objects.of(incident.organisation_id).filter(incident=incident)
    return tuple(
        Decision(row.at, DECISIONS.get(row.kind, row.kind)) for row in rows.order_by("sequence")
    )
