"""Silence is an incident: a source that stops is reported, one that speaks again is put away.

Nothing is said of sources that were never heard, of those without any rhythm, or of what was sent
while we did not listen. When many fall silent at once the question "is it us?" comes first: their
customers are told when somebody answered it, or when our own health did (mass_silence).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.watching import SourceClass
from hinomi.core.incidents import OpenIncident
from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents import mass_silence, opening
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.looking import look
from hinomi.portal.sources.watching import ARRIVING
from hinomi.portal.ui.moments import moment_ja
from hinomi.triage.silence import KIND, Silent, silence, silence_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.portal.sources.looking import Looked, PipelineSays
    from hinomi.portal.sources.own_side import Gap

_WHY_ALL = "every company's sources are listened to"
_SENSORS = {
    SourceClass.PC: "pc_sensor",
    SourceClass.NETWORK: "box",
    SourceClass.RELAY: "relay",
    SourceClass.MAIL: "mail",
    SourceClass.CLOUD: "cloud",
}


def watch_sources(
    reader: PipelineSays, *, gaps: Sequence[Gap] = (), is_well: Callable[[], bool]
) -> int:
    """Open and put away what silence and speech ask for; returns how many incidents changed.

    `gaps` are when our own side slept. `is_well` tells whether our own parts do their work; it is
    asked only when it matters.
    """
    looked = look(reader, gaps=gaps)
    open_keys = _open_keys()
    heard = [one for one in looked if one.last_alive is not None]
    silent = [one for one in heard if one.is_silent or one.is_blind]
    fresh = [one for one in silent if _is_new(one, open_keys)]
    to_tell = mass_silence.sift(looked, fresh=_never_told(fresh), is_well=is_well)
    opened = sum(_report(one) for one in to_tell)
    back = [one for one in heard if one.watch in ARRIVING and silence_key(one.source) in open_keys]
    return opened + sum(_put_away(one) for one in back)


def _open_keys() -> frozenset[str]:
    rows = Incident.objects.across_all(reason=_WHY_ALL).exclude(state__in=CLOSED_STATES)
    return frozenset(rows.filter(kind=KIND).values_list("group_key", flat=True))


def _is_new(one: Looked, open_keys: frozenset[str]) -> bool:
    return silence_key(one.source) not in open_keys


def _never_told(fresh: Iterable[Looked]) -> list[Looked]:
    """Once per silence: what a person closed while the source was still silent stays closed."""
    listed = list(fresh)
    keys = [silence_key(one.source) for one in listed]
    rows = Incident.objects.across_all(reason=_WHY_ALL).filter(kind=KIND, group_key__in=keys)
    told = set(rows.values_list("group_key", "last_event_at"))
    return [one for one in listed if (silence_key(one.source), one.missing_since) not in told]


@transaction.atomic
def _report(one: Looked) -> bool:
    if one.missing_since is None:
        return False
    company = Organisation.objects.of(one.organisation).select_for_update().get()
    if _open_incident(one) is not None:
        return False
    judged = silence(
        Silent(
            source=one.source,
            name=one.name,
            last_alive=one.missing_since,
            sensor=_sensor(one),
            opens=moment_ja(one.opens_at) if one.opens_at else "",
        )
    )
    decision = OpenIncident(judgement=judged, finding_ids=(), notify=True)
    opening.opened(opening.new_incident(company, decision), decision, count=0)
    return True


def _sensor(one: Looked) -> str:
    """What the text calls it."""
    if one.is_blind:
        return "unreadable"
    return "removed" if one.off_reason == "removed" else _SENSORS[one.source_class]


@transaction.atomic
def _put_away(one: Looked) -> bool:
    row = _open_incident(one)
    if row is None or one.last_alive is None:
        return False
    incident = opening.locked(one.organisation, row.pk)
    speaks = one.last_alive > incident.last_event_at
    incident.state = IncidentState.DONE.value
    incident.closed_at = now()
    incident.version += 1
    incident.save(update_fields=["state", "closed_at", "version"])
    opening.add_fact(
        incident,
        f"「{one.name}」からの信号が、また届いています"
        if speaks
        else f"「{one.name}」は、お休みか電源を切った時間だと分かりました",
    )
    record_decision(
        organisation_id=one.organisation,
        kind=DecisionKind.SOURCE_SPEAKS_AGAIN if speaks else DecisionKind.SOURCE_WAS_OFF,
        incident=incident,
        body={"source": one.source, "silent_since": incident.last_event_at.isoformat()},
    )
    return True


def _open_incident(one: Looked) -> Incident | None:
    rows = Incident.objects.of(one.organisation).exclude(state__in=CLOSED_STATES)
    return rows.filter(kind=KIND, group_key=silence_key(one.source)).first()
