"""The company's open incidents, and groups that only count so far, as triage wants to see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Max, Min

from hinomi.core.incidents import IncidentFacts
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import CLOSED_STATES, Incident, IncidentFinding, WaitingFinding
from hinomi.triage.decide import RECENT_KEPT
from hinomi.triage.judge import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

WAIT_AT_MOST = timedelta(days=1)  # after that a group that stayed small is forgotten
# Above this level more failed sign-ins change nothing, so their times need not be looked up.
_COUNTING_LEVELS = (ActionLevel.NONE.value, ActionLevel.CHECK.value)


def facts_of_open(organisation_id: str) -> list[IncidentFacts]:
    """Oldest first, so that of two that fit the older one is joined; counted groups last."""
    rows = Incident.objects.of(organisation_id).exclude(state__in=CLOSED_STATES).order_by("pk")
    return [_facts(row) for row in rows] + list(_waiting(organisation_id))


def _facts(row: Incident) -> IncidentFacts:
    return IncidentFacts(
        id=row.pk,
        kind=row.kind,
        group_key=row.group_key,
        level=ActionLevel(row.level),
        certainty=Certainty(row.certainty),
        disposition=Disposition(row.disposition),
        state=IncidentState(row.state),
        opened_at=row.opened_at,
        first_event_at=row.first_event_at,
        last_event_at=row.last_event_at,
        device=row.device,
        merged_keys=tuple(row.merged_keys),
        split_keys=tuple(row.split_keys),
        recent_event_times=_recent(row),
    )


def _recent(row: Incident) -> tuple[datetime, ...]:
    if row.level not in _COUNTING_LEVELS:
        return ()
    counted = IncidentFinding.objects.of(row.organisation_id).filter(
        incident=row, body__case__in=COUNTED
    )
    return tuple(counted.order_by("-event_at").values_list("event_at", flat=True)[:RECENT_KEPT])


def _waiting(organisation_id: str) -> Iterable[IncidentFacts]:
    rows = WaitingFinding.objects.of(organisation_id).filter(event_at__gt=now() - WAIT_AT_MOST)
    groups = rows.values("group_key").annotate(
        first=Min("event_at"), last=Max("event_at"), device=Max("device")
    )
    for group in groups.order_by("group_key"):
        times = rows.filter(group_key=group["group_key"]).order_by("-event_at")
        yield IncidentFacts(
            id=0,
            kind=group["group_key"].partition(":")[0],
            group_key=group["group_key"],
            level=ActionLevel.NONE,
            certainty=Certainty.CHECKING,
            disposition=Disposition.UNKNOWN,
            state=IncidentState.OBSERVING,
            opened_at=group["first"],
            first_event_at=group["first"],
            last_event_at=group["last"],
            device=group["device"],
            recent_event_times=tuple(times.values_list("event_at", flat=True)[:RECENT_KEPT]),
        )
