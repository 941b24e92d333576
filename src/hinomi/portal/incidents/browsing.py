"""One person's records around an incident: opened with a reason, noted, and told to the company.

There is no other page on which our people can follow what somebody opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration
from hinomi.portal.incidents.opening import add_fact, locked
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

AROUND = timedelta(minutes=30)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Opened:
    """One record, hidden characters shown."""

    at: datetime
    raw: str


@transaction.atomic
def open_records(*, incident: Incident, reason: str, user: User) -> None:
    """Note who opens them and why, before anything is shown; the company sees that it was done."""
    row = locked(incident.organisation_id, incident.pk)
    audit.record(
        what="incidents:browsing:open",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        reason=reason,
    )
    add_fact(
        row,
        f"{user.shown_name}が、この件の前後30分の利用者の記録を開きました。理由：{reason}",
    )


def around(incident: Incident) -> list[Opened]:
    """The device's records from half an hour before the incident to half an hour after, newest
    first. None when nobody knows the device: then it would be everybody's."""
    # Opened when somebody asks: the lake's libraries are too large for every process of the portal.
    from hinomi.core.records import Event
    from hinomi.pipeline.reader import Records, original_text
    from hinomi.store.lake import Query

    if not incident.device:
        return []
    query = Query(
        incident.organisation_id,
        since=incident.first_event_at - AROUND,
        until=incident.last_event_at + AROUND,
        search=incident.device,
        limit=SHOWN,
    )
    config = configuration()
    with Records(config.data, clock=config.clock) as records:
        found = records.newest(query)
    return [
        Opened(
            at=each.event_time if isinstance(each, Event) else each.receive_time,
            raw=visible(original_text(each)),
        )
        for each in found
    ]
