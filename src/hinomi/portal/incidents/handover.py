"""What of incidents and sensors goes into a hand-over: open cases by urgency, silent sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse

from hinomi.business.watching import Watch
from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.duties.handovers import Line, Section
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.lists import OPEN, as_rows
from hinomi.portal.sources.models import SourceWatch
from hinomi.portal.ui.moments import age_ja

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.scope import Scope

_MOST = 50
_SILENT = (Watch.SILENT, Watch.UNREADABLE, Watch.LATE)


def open_cases(scope: Scope, moment: datetime) -> Section:
    """Open incidents with their next step: what the state says is being done, and by whom."""
    ranks = [When(level=level.value, then=Value(level.urgency)) for level in ActionLevel]
    urgency = Case(*ranks, default=Value(0), output_field=IntegerField())
    rows = Incident.objects.within(scope).filter(OPEN).annotate(urgency=urgency)
    listed = rows.select_related("organisation", "assigned_to").order_by("-urgency", "opened_at")
    lines = [
        Line(
            text=(
                f"{ActionLevel(row.incident.level).ja}　{row.incident.number}　"
                f"{row.incident.organisation.name}：{row.title}（{_step(row.incident, row.state)}）"
            ),
            when=f"{age_ja(row.incident.opened_at, now=moment)}から",
            number=row.incident.number,
            url=reverse("case", args=[row.incident.number]),
        )
        for row in as_rows(listed[:_MOST])
    ]
    return Section("終わっていない案件", "終わっていない案件はありません。", lines)


def silent_sources(scope: Scope, moment: datetime) -> Section:
    """Sources that should speak and do not."""
    rows = SourceWatch.objects.within(scope).filter(
        source__revoked_at=None, state__in=[each.value for each in _SILENT]
    )
    listed = rows.select_related("source", "organisation").order_by("since", "pk")[:_MOST]
    lines = [
        Line(
            text=f"{row.organisation.name}：{row.source.name}",
            when=f"{age_ja(row.since, now=moment)}から",
            url=reverse("source", args=[row.source_id]),
        )
        for row in listed
    ]
    return Section("途絶えている機器", "途絶えている機器はありません。", lines)


def _step(incident: Incident, state: IncidentState) -> str:
    who = incident.assigned_to.shown_name if incident.assigned_to else "担当なし"
    return f"{state.inside_ja}・{who}"
