"""The board's counters, and keeping them once a day so that next week has something to stand by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.timezone import localdate

from hinomi.business.watching import Watch
from hinomi.core.words import IncidentState
from hinomi.portal.access.scope import CustomersOf, Scope
from hinomi.portal.access.time import now
from hinomi.portal.boards.models import Counter, DayCount
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.queue import OPEN
from hinomi.portal.organisations.models import Firm
from hinomi.portal.sources.models import SourceWatch

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_FOR = timedelta(days=60)
_AT_WORK = [
    state.value
    for state in (
        IncidentState.ASSIGNED,
        IncidentState.INVESTIGATING,
        IncidentState.CONTAINED,
        IncidentState.RECOVERING,
    )
]
_UNWATCHED = [each.value for each in (Watch.SILENT, Watch.LATE, Watch.UNREADABLE, Watch.TOO_MUCH)]


def counted(scope: Scope) -> Mapping[Counter, int]:
    """What each counter says now."""
    waiting = IncidentState.WAITING.value
    incidents = Incident.objects.within(scope).filter(OPEN, state__in=[*_AT_WORK, waiting])
    found = incidents.aggregate(  # one walk for both, past the new ones: the scope costs by the row
        working=Count("pk", filter=Q(state__in=_AT_WORK)),
        waiting=Count("pk", filter=Q(state=waiting)),
    )
    watches = SourceWatch.objects.within(scope).filter(source__revoked_at=None)
    return {
        Counter.WORKING: found["working"],
        Counter.WAITING: found["waiting"],
        Counter.UNWATCHED: watches.filter(state__in=_UNWATCHED).count(),
    }


def last_week(firm_id: str) -> Mapping[Counter, int]:
    """What each counter said a week ago; those nobody counted then are missing."""
    day = localdate(now()) - timedelta(days=7)
    rows = DayCount.objects.of_firm(firm_id).filter(day=day)
    return {Counter(row.counter): row.count for row in rows}


def note_day() -> int:
    """Keep today's counters of each firm that has customers and none yet; forget old ones. Returns
    how many firms were counted."""
    moment = now()
    day = localdate(moment)
    done = DayCount.objects.across_all(reason="the bell counts for every firm").filter(day=day)
    firms = Firm.objects.filter(
        Q(engagements__valid_to=None) | Q(engagements__valid_to__gt=moment),
        engagements__valid_from__lte=moment,
    )
    waiting = list(
        firms.exclude(pk__in=done.values("firm")).distinct().values_list("pk", flat=True)
    )
    for firm_id in waiting:
        counts = counted(Scope((CustomersOf(firm_id, moment),)))
        rows = [
            DayCount(firm_id=firm_id, day=day, counter=counter, count=count)
            for counter, count in counts.items()
        ]
        DayCount.objects.of_firm(firm_id).bulk_create(rows, ignore_conflicts=True)
    if waiting:
        old = DayCount.objects.across_all(reason="time passes for every firm")
        old.filter(day__lt=day - KEPT_FOR).delete()
    return len(waiting)
