"""The customer's text of an incident row: the same words on page and console."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.composed import composed
from hinomi.portal.incidents.models import IncidentFinding
from hinomi.portal.incidents.reported import is_reported, told_of
from hinomi.portal.sources.models import DeviceName, Source
from hinomi.respond.slots import marked, slot
from hinomi.respond.text import CustomerText, TextFacts, build, build_release, headline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident
    from hinomi.portal.organisations.models import Organisation


def text_of(incident: Incident, *, moment: datetime | None = None) -> CustomerText:
    """The whole text as it reads now (`moment`: as it read then): a person's words where somebody
    wrote any, else our own."""
    written = composed([incident], until=moment or now()).get(incident.pk)
    return written or automatic_text_of(incident, moment=moment)


def automatic_text_of(incident: Incident, *, moment: datetime | None = None) -> CustomerText:
    """The text that the facts alone give."""
    return _build(
        incident,
        moment=moment or now(),
        device=_nicknames([incident]).get((incident.organisation_id, incident.device), ""),
        guard_kind=_guard_kind(incident),
    )


def titles_of(incidents: Iterable[Incident]) -> dict[int, str]:
    """Headlines for lists, by row id. One query for all nicknames, one for written words."""
    listed, moment = list(incidents), now()
    names, written = _nicknames(listed), composed(listed, until=moment)
    config = configuration()
    return {
        row.pk: written[row.pk].title
        if row.pk in written
        else headline(
            row.kind,
            facts=_facts(
                row,
                moment=moment,
                device=names.get((row.organisation_id, row.device), ""),
                guard_kind="",  # no headline names the guard
            ),
            service_name=config.service_name,
            phone=config.provider_phone,
            is_release=row.state == IncidentState.RECOVERING,
        )
        for row in listed
    }


def marked_by(incident: Incident, text: str) -> str:
    """The text with the names that come from records between << and >>: the checks judge our own
    words only, and a PC may be called anything."""
    nickname = _nicknames([incident]).get((incident.organisation_id, incident.device), "")
    values = {slot(str(value)) for value in (*incident.slots.values(), incident.device, nickname)}
    values |= {slot(configuration().service_name), slot(incident.organisation.name)}
    known = sorted((value for value in values if len(value) > 1), key=len, reverse=True)
    if not known:
        return text
    return re.sub("|".join(map(re.escape, known)), lambda found: marked(found.group()), text)


def told_text(company: Organisation, *, kind: str, device: str, reference: str) -> CustomerText:
    """What the customer would read if a person's word were opened as this case."""
    judged = told_of(kind=kind, device=device, reference=reference).judgement
    config = configuration()
    facts = TextFacts(
        level=judged.level,
        certainty=judged.certainty,
        disposition=judged.disposition,
        first_event_at=judged.first_event_at,
        last_event_at=judged.last_event_at,
        now=now(),
        number=reference,
        timezone=company.timezone,
        device=device,
        origin="reported",
    )
    return build(kind, facts=facts, service_name=config.service_name, phone=config.provider_phone)


def nameless_text_of(incident: Incident) -> CustomerText:
    """The text without any name of a device, a person or a file: for a page that opens without
    signing in."""
    facts = _facts(incident, moment=now(), device="", guard_kind="")
    return _written(incident, replace(facts, device="", slots={}))


def _build(incident: Incident, *, moment: datetime, device: str, guard_kind: str) -> CustomerText:
    facts = _facts(incident, moment=moment, device=device, guard_kind=guard_kind)
    return _written(incident, facts)


def _facts(incident: Incident, *, moment: datetime, device: str, guard_kind: str) -> TextFacts:
    return TextFacts(
        level=ActionLevel(incident.level),
        certainty=Certainty(incident.certainty),
        disposition=Disposition(incident.disposition),
        first_event_at=incident.first_event_at,
        last_event_at=incident.last_event_at,
        now=moment,
        number=incident.number,
        count=max(1, incident.finding_count),
        late=incident.late,
        timezone=incident.organisation.timezone,
        device=device or incident.device,
        origin="reported" if is_reported(incident.group_key) else "recorded",
        guard_kind=guard_kind,
        sensor=str(incident.slots.get("sensor_kind", "")),
        slots={name: str(value) for name, value in incident.slots.items()},
    )


def _written(incident: Incident, facts: TextFacts) -> CustomerText:
    config = configuration()
    # While things are put back, the page says how: the closing twin of the alarm.
    words = build_release if incident.state == IncidentState.RECOVERING else build
    return words(
        incident.kind, facts=facts, service_name=config.service_name, phone=config.provider_phone
    )


def _nicknames(incidents: Iterable[Incident]) -> Mapping[tuple[str, str], str]:
    listed = list(incidents)
    known = DeviceName.objects.across_all(reason="of incidents already read in a scope").filter(
        organisation__in={row.organisation_id for row in listed},
        native__in={row.device for row in listed if row.device},
    )
    return {(row.organisation_id, row.native): row.nickname for row in known}


def _guard_kind(incident: Incident) -> str:
    """The kind of the source that saw it first; customers call the thing by its kind."""
    first = (
        IncidentFinding.objects.of(incident.organisation_id)
        .filter(incident=incident)
        .order_by("event_at", "pk")
        .values_list("body__source", flat=True)
        .first()
    )
    sources = Source.objects.of(incident.organisation_id)
    return sources.filter(pk=first or "").values_list("kind", flat=True).first() or ""
