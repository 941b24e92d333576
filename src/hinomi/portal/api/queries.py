"""Incidents and sources as values for programs; the same rows and words as on the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.api import cursors
from hinomi.portal.api.schemas import (
    Company,
    HistoryOut,
    IncidentOut,
    IncidentPage,
    Kind,
    LineOut,
    SourceOut,
    SourcePage,
)
from hinomi.portal.incidents.models import Incident, TimelineEntry
from hinomi.portal.incidents.wording import text_of, titles_of
from hinomi.portal.sources.queries import cards

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source


def visible_incidents(*, as_customer: bool) -> ScopedQuerySet[Incident]:
    """What a campaign holds back, its customer does not see yet: neither here nor on screen."""
    rows = Incident.objects.select_related("organisation", "merged_into")
    return rows.filter(held_since=None) if as_customer else rows.all()


def incident_page(
    rows: ScopedQuerySet[Incident],
    *,
    state: str | None,
    since: datetime | None,
    cursor: str | None,
    limit: int,
) -> IncidentPage:
    """One page of rows that are narrowed to a scope."""
    closed = [each.value for each in IncidentState if not each.is_open]
    if state == "open":
        rows = rows.exclude(state__in=closed)
    if state == "closed":
        rows = rows.filter(state__in=closed)
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    if cursor is not None:
        rows = rows.filter(pk__lt=cursors.read_number(cursor))
    taken = list(rows.order_by("-pk")[: limit + 1])
    shown = taken[:limit]
    following = cursors.written(str(shown[-1].pk)) if len(taken) > limit else None
    return IncidentPage(items=incidents_out(shown), next_cursor=following)


def incidents_out(rows: Sequence[Incident]) -> list[IncidentOut]:
    """With the titles that the screens show."""
    titles = titles_of(rows)
    return [_incident(row, titles[row.pk]) for row in rows]


def history(incident: Incident, *, as_customer: bool) -> HistoryOut:
    """The two tracks in one list, and the buttons that are offered now."""
    entries = TimelineEntry.objects.of(incident.organisation_id).filter(incident=incident)
    if as_customer:
        entries = entries.filter(visible_to_customer=True)
    is_open = IncidentState(incident.state).is_open
    return HistoryOut(
        number=incident.number,
        organisation=_company(incident.organisation),
        version=incident.version,
        choices=[button.choice for button in text_of(incident).buttons] if is_open else [],
        items=[_line(entry) for entry in entries.order_by("at", "pk")],
    )


def source_page(rows: ScopedQuerySet[Source], *, cursor: str | None, limit: int) -> SourcePage:
    """One page of rows that are narrowed to a scope."""
    if cursor is not None:
        rows = rows.filter(pk__gt=cursors.read(cursor))
    taken = list(rows.order_by("pk")[: limit + 1])
    shown = taken[:limit]
    following = cursors.written(shown[-1].pk) if len(taken) > limit else None
    return SourcePage(items=sources_out(shown), next_cursor=following)


def sources_out(rows: Sequence[Source]) -> list[SourceOut]:
    """With the state that the screens show."""
    return [
        SourceOut(
            id=card.source.pk,
            organisation=_company(card.source.organisation),
            name=card.source.name,
            kind=card.source.kind,
            state=card.view.watch.value,
            state_ja=card.view.word,
            created_at=card.source.created_at,
            revoked_at=card.source.revoked_at,
        )
        for card in cards(rows)
    ]


def _incident(row: Incident, title: str) -> IncidentOut:
    state = IncidentState(row.state)
    return IncidentOut(
        number=row.number,
        organisation=_company(row.organisation),
        title=title,
        kind=row.kind,
        level=ActionLevel(row.level),
        certainty=row.certainty,
        state=state.value,
        state_ja=state.customer_ja,
        is_open=state.is_open,
        device=row.device,
        opened_at=row.opened_at,
        last_event_at=row.last_event_at,
        closed_at=row.closed_at,
        merged_into=row.merged_into.number if row.merged_into else None,
        version=row.version,
    )


def _company(row: Organisation) -> Company:
    return Company(id=row.pk, name=row.name)


def _line(entry: TimelineEntry) -> LineOut:
    return LineOut(
        at=entry.at,
        kind=Kind(entry.kind),
        text=entry.text,
        by=entry.actor,
        visible_to_customer=entry.visible_to_customer,
    )
