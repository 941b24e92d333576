"""Opens an incident, lets findings join one, and writes to the company when it must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.letters import write_to_company
from hinomi.portal.incidents.models import (
    EntryKind,
    Incident,
    IncidentFinding,
    IncidentNumber,
    TimelineEntry,
)
from hinomi.portal.incidents.wording import text_of
from hinomi.respond.library import case_text
from hinomi.respond.plain import plain
from hinomi.triage.decide import AFTER_ALL_CLEAR

if TYPE_CHECKING:
    from hinomi.core.incidents import JoinIncident, Judgement, OpenIncident
    from hinomi.portal.organisations.models import Organisation

_DEVICE_MOST = 255
_RULES_LISTED = 20


def new_incident(company: Organisation, decision: OpenIncident) -> Incident:
    """The row with its 受付番号, before its findings. What needs nobody starts as 経過観察."""
    judged = decision.judgement
    is_quiet = judged.level is ActionLevel.NONE
    return Incident.objects.create(
        organisation=company,
        number=next_number(),
        kind=judged.kind,
        group_key=judged.group_key,
        merged_keys=list(judged.other_keys),
        level=judged.level.value,
        certainty=judged.certainty.value,
        disposition=judged.disposition.value,
        state=(IncidentState.OBSERVING if is_quiet else IncidentState.NEW).value,
        device=judged.device[:_DEVICE_MOST],
        first_event_at=judged.first_event_at,
        last_event_at=judged.last_event_at,
        late=judged.late,
        slots=dict(judged.slots),
        text_version=case_text(judged.kind).version,
    )


def open_told(company: Organisation, decision: OpenIncident, *, by_ja: str) -> Incident:
    """A whole incident from a person's word, once per key. `by_ja` says inside who opened it."""
    key = decision.judgement.group_key
    known = Incident.objects.of(company.id).filter(group_key=key).first()
    if known is not None:
        return known
    incident = new_incident(company, decision)
    opened(incident, decision, count=0)
    add_action(incident, by_ja)
    return incident


def locked(organisation_id: str, incident_id: int) -> Incident:
    """The row, held until the transaction ends."""
    rows = Incident.objects.of(organisation_id).select_for_update(of=("self",))
    return rows.select_related("organisation").get(pk=incident_id)


def opened(incident: Incident, decision: OpenIncident, *, count: int) -> None:
    """History, control record and mail of a new incident."""
    incident.finding_count = count
    incident.save(update_fields=["finding_count"])
    text = text_of(incident)
    add_fact(incident, text.title)
    if incident.level == ActionLevel.NONE:
        _record(incident, DecisionKind.NO_ACTION_NEEDED, decision.judgement)
    _tell(incident, decision)


def join(incident: Incident, decision: JoinIncident, *, count: int) -> None:
    """What the new findings change. `version` grows only when a person must look again, so that a
    running attack does not make every form of the analysts stale."""
    judged = decision.judgement
    is_other = (judged.level.value, judged.kind) != (incident.level, incident.kind)
    if is_other:
        incident.text_version = case_text(judged.kind).version
        incident.slots = dict(judged.slots)
    is_back = decision.notify and _wake(incident)
    incident.version += is_other or is_back
    incident.kind = judged.kind
    incident.level = judged.level.value
    incident.certainty = judged.certainty.value
    incident.disposition = judged.disposition.value
    incident.device = judged.device[:_DEVICE_MOST]
    incident.first_event_at = judged.first_event_at
    incident.last_event_at = judged.last_event_at
    incident.late = incident.late and judged.late
    incident.merged_keys = sorted({*incident.merged_keys, *judged.other_keys})
    incident.finding_count += count
    incident.save()
    if is_other or is_back:
        add_fact(incident, text_of(incident).title)
    _tell(incident, decision)


def _wake(incident: Incident) -> bool:
    """A quiet incident that became serious, or an attack that came back after the all-clear,
    returns to the people who work. True when it did."""
    state = IncidentState(incident.state)
    if state not in AFTER_ALL_CLEAR:
        return False
    is_taken = incident.assigned_to_id is not None or state is IncidentState.RECOVERING
    incident.state = (IncidentState.INVESTIGATING if is_taken else IncidentState.NEW).value
    return True


def _tell(incident: Incident, decision: OpenIncident | JoinIncident) -> None:
    if decision.notify:
        reason = f"{incident.level}:{incident.kind}:{incident.version}"
        written = write_to_company(incident, reason=reason)
        add_action(
            incident,
            f"お知らせのメールを{written}通、送信箱に入れました"
            if written
            else "お知らせを送る相手が登録されていません。電話で知らせてください",
        )
    elif "flood" in decision.judgement.reasons:
        _record(incident, DecisionKind.NOTICE_SUPPRESSED, decision.judgement)


def _record(incident: Incident, kind: DecisionKind, judged: Judgement) -> None:
    """Facts, versions and the page's words, so that "why did it say so?" has an answer later."""
    findings = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    rules = findings.order_by("pk").values_list("body__rule_id", "body__rule_pack").distinct()
    record_decision(
        organisation_id=incident.organisation_id,
        kind=kind,
        incident=incident,
        body={
            "case": judged.kind,
            "level": judged.level.value,
            "certainty": judged.certainty.value,
            "disposition": judged.disposition.value,
            "device": judged.device,
            "reasons": list(judged.reasons),
            "findings": incident.finding_count,
            "rules": [list(rule) for rule in rules[:_RULES_LISTED]],
            "text_version": incident.text_version,
            "shown": plain(text_of(incident)),
        },
    )


def add_fact(incident: Incident, text: str) -> None:
    """A line that the customer sees too."""
    _entry(incident, EntryKind.FACT, text, shown=True)


def add_action(incident: Incident, text: str) -> None:
    """A line for us only."""
    _entry(incident, EntryKind.ACTION, text, shown=False)


def _entry(incident: Incident, kind: EntryKind, text: str, *, shown: bool) -> None:
    TimelineEntry.objects.create(
        organisation_id=incident.organisation_id,
        incident=incident,
        at=now(),
        kind=kind,
        text=text,
        visible_to_customer=shown,
    )


def leave_numbers_out(count: int) -> str:
    """Never give the next `count` numbers, since customers may know them from a time we lost;
    returns the one that comes next."""
    IncidentNumber.objects.get_or_create(pk=1)
    IncidentNumber.objects.filter(pk=1).update(next=F("next") + count)
    return f"K-{IncidentNumber.objects.get(pk=1).next}"


def next_number() -> str:
    """K-1001, K-1002 …; the row is changed first, so two at once cannot read the same number."""
    IncidentNumber.objects.get_or_create(pk=1)
    IncidentNumber.objects.filter(pk=1).update(next=F("next") + 1)
    return f"K-{IncidentNumber.objects.get(pk=1).next - 1}"
