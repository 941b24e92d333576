"""What time alone closes: news that needed nobody, and groups that never became many.

Each is closed with a 判断の控え; nothing that asked a person for something is closed here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.facts import WAIT_AT_MOST
from hinomi.portal.incidents.models import CLOSED_STATES, Incident, WaitingFinding
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.second_looks import remind
from hinomi.portal.incidents.wording import text_of
from hinomi.respond.plain import plain

if TYPE_CHECKING:
    from datetime import datetime

QUIET_FOR = timedelta(days=1)
_PLACED_AT_ONCE = 500
_WHY_ALL = "time passes for every company"


def tidy() -> int:
    """Close and forget what is due, and say whose second look is overdue; returns how many groups
    and incidents were closed or forgotten."""
    remind()
    _place_in_queue()
    return _close_news() + _forget_small_groups()


def _place_in_queue() -> None:
    """Rows that came from an older version of us get their place: closed ones none, open ones by
    their level and state."""
    unplaced = Incident.objects.across_all(reason=_WHY_ALL).filter(due_for="")
    unplaced.filter(state__in=CLOSED_STATES).update(due_at=None, due_for="closed")
    for organisation_id, pk in list(
        unplaced.values_list("organisation_id", "pk")[:_PLACED_AT_ONCE]
    ):
        with transaction.atomic():
            locked(organisation_id, pk).save(update_fields=["due_at", "due_for", "level_order"])


def _close_news() -> int:
    due = Incident.objects.across_all(reason=_WHY_ALL).filter(
        level=ActionLevel.NONE.value,
        state=IncidentState.OBSERVING.value,
        assigned_to=None,
        last_event_at__lt=now() - QUIET_FOR,
        opened_at__lt=now() - QUIET_FOR,
    )
    rows = list(due.values_list("organisation_id", "pk"))
    for organisation_id, pk in rows:
        _close(organisation_id, pk)
    return len(rows)


@transaction.atomic
def _close(organisation_id: str, pk: int) -> None:
    incident = locked(organisation_id, pk)
    incident.state = IncidentState.DONE.value
    incident.closed_at = now()
    incident.version += 1
    incident.save(update_fields=["state", "closed_at", "version"])
    record_decision(
        organisation_id=organisation_id,
        kind=DecisionKind.CLOSED_AFTER_QUIET_DAY,
        incident=incident,
        body={
            "case": incident.kind,
            "disposition": incident.disposition,
            "findings": incident.finding_count,
            "last_event_at": incident.last_event_at.isoformat(),
            "text_version": incident.text_version,
            "shown": plain(text_of(incident)),
        },
    )


def _forget_small_groups() -> int:
    oldest = now() - WAIT_AT_MOST
    groups = (
        WaitingFinding.objects.across_all(reason=_WHY_ALL)
        .values_list("organisation_id", "group_key")
        .annotate(last=Max("event_at"), number=Count("pk"))
        .filter(last__lt=oldest)
    )
    listed = list(groups)
    for organisation_id, group_key, last, number in listed:
        _forget(organisation_id, group_key, last, number)
    return len(listed)


@transaction.atomic
def _forget(organisation_id: str, group_key: str, last: datetime, number: int) -> None:
    rows = WaitingFinding.objects.of(organisation_id).filter(
        group_key=group_key, event_at__lte=last
    )
    record_decision(
        organisation_id=organisation_id,
        kind=DecisionKind.TOO_FEW_TO_MATTER,
        incident=None,
        body={"group": group_key, "findings": number, "last_event_at": last.isoformat()},
    )
    rows.delete()
