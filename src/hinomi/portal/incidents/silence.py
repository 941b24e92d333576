"""Silence is an incident: a source that stops is reported, one that speaks again is put away.

Nothing is said of sources that were never heard (they are being set up), of those without an
expected rhythm, or while the bell itself has not listened long enough to know.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from django.db import transaction

from hinomi.core.incidents import OpenIncident
from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents import opening
from hinomi.portal.incidents.decisions import record_decision
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.watching import Watch, judge
from hinomi.triage.silence import KIND, is_our_side, silence, silence_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.store.pipeline_rows import SourceStatus

_WHY_ALL = "every company's sources are listened to"

log = logging.getLogger(__name__)


class StatusReader(Protocol):
    """What the pipeline knows of a company's sources."""

    def source_status(self, organisation: str) -> Mapping[str, SourceStatus]:
        """Status by source id."""
        ...


def watch_sources(reader: StatusReader, *, listening_since: datetime) -> int:
    """Open and put away what silence and speech ask for; returns how many changed."""
    silent, speaking = _by_voice(reader, listening_since=listening_since)
    if is_our_side(silent=len(silent), watched=len(silent) + len(speaking)):
        log.error("%s sources are silent at once; the fault may be ours", len(silent))
        return 0
    opened = sum(_report(source, last_alive) for source, last_alive in silent)
    return opened + sum(_put_away(source) for source in speaking)


def _by_voice(
    reader: StatusReader, *, listening_since: datetime
) -> tuple[list[tuple[Source, datetime]], list[Source]]:
    sources = Source.objects.across_all(reason=_WHY_ALL).filter(
        expect_every_s__gt=0, revoked_at=None, organisation__deleted_at=None
    )
    silent: list[tuple[Source, datetime]] = []
    speaking: list[Source] = []
    known: dict[str, Mapping[str, SourceStatus]] = {}
    for source in sources.order_by("organisation_id", "pk"):
        company = source.organisation_id
        if company not in known:
            known[company] = reader.source_status(company)
        status = known[company].get(source.pk)
        if status is None or status.last_alive is None:
            continue
        watch = judge(source, status, now=now()).watch
        # We cannot miss what was sent while we did not listen: judge as of our own start.
        heard_us = judge(source, _as_if_heard(status, listening_since), now=now()).watch
        if watch is Watch.SILENT and heard_us is Watch.SILENT:
            silent.append((source, status.last_alive))
        elif watch is Watch.WATCHING:
            speaking.append(source)
    return silent, speaking


def _as_if_heard(status: SourceStatus, moment: datetime) -> SourceStatus:
    alive = status.last_alive
    return status if alive and alive > moment else replace(status, last_alive=moment)


@transaction.atomic
def _report(source: Source, last_alive: datetime) -> bool:
    company = Organisation.objects.of(source.organisation_id).select_for_update().get()
    if _open_incident(source) is not None:
        return False
    judged = silence(source=source.pk, name=source.name, last_alive=last_alive)
    decision = OpenIncident(judgement=judged, finding_ids=(), notify=True)
    opening.opened(opening.new_incident(company, decision), decision, count=0)
    return True


@transaction.atomic
def _put_away(source: Source) -> bool:
    row = _open_incident(source)
    if row is None:
        return False
    incident = opening.locked(source.organisation_id, row.pk)
    incident.state = IncidentState.DONE.value
    incident.closed_at = now()
    incident.version += 1
    incident.save(update_fields=["state", "closed_at", "version"])
    opening.add_fact(incident, f"「{source.name}」からの信号が、また届いています")
    record_decision(
        organisation_id=source.organisation_id,
        kind="source_speaks_again",
        incident=incident,
        body={"source": source.pk, "silent_since": incident.last_event_at.isoformat()},
    )
    return True


def _open_incident(source: Source) -> Incident | None:
    rows = Incident.objects.of(source.organisation_id).exclude(state__in=CLOSED_STATES)
    return rows.filter(kind=KIND, group_key=silence_key(source.pk)).first()
