"""A finding is taken in: was its pattern seen at other customers of the firm? In the bell's
transaction, after the incident and its notices: what campaigns hold was never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max, Min

from hinomi import __version__
from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.firms import answering_firm, answering_of
from hinomi.portal.incidents.campaigns.rows import (
    Campaign,
    CampaignMember,
    KnownVersion,
    PatternSighting,
)
from hinomi.portal.incidents.campaigns.treatment import treat
from hinomi.portal.organisations.models import Firm
from hinomi.triage.campaigns import (
    CAMPAIGN_WITHIN,
    NEW_AFTER,
    CampaignFacts,
    Sighting,
    Stance,
    may_begin,
    weigh,
)
from hinomi.triage.patterns import patterns_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.core.findings import Finding
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.incidents.models import Incident
    from hinomi.triage.patterns import Pattern

_WHY_ALL = "hashes are compared over the customers of one firm; nobody is named"


def sight(incident: Incident, findings: Iterable[Finding]) -> None:
    """Remember where the findings' patterns are, and let their campaigns act. Call once the
    incident, its findings and its notices are stored."""
    listed = list(findings)
    _note_versions(listed)
    firm_id = answering_firm(incident.organisation_id)
    if not firm_id or incident.level == ActionLevel.NONE:
        return
    Firm.objects.select_for_update().get(pk=firm_id)  # two companies' third sighting is one third
    others: set[tuple[str, int]] = set()
    for pattern, first, last in _spans(listed):
        _remember(incident, pattern, first, last)
        others |= _weigh(firm_id, incident, pattern)
    mine = (incident.organisation_id, incident.pk)
    for organisation_id, incident_id in [mine, *sorted(others - {mine})]:
        treat(organisation_id, incident_id)


def _spans(findings: Iterable[Finding]) -> list[tuple[Pattern, datetime, datetime]]:
    spans: dict[Pattern, tuple[datetime, datetime]] = {}
    for finding in findings:
        at = finding.event_time
        for pattern in patterns_of(finding):
            first, last = spans.get(pattern, (at, at))
            spans[pattern] = (min(first, at), max(last, at))
    return [(pattern, first, last) for pattern, (first, last) in spans.items()]


def _remember(incident: Incident, pattern: Pattern, first: datetime, last: datetime) -> None:
    row, is_new = PatternSighting.objects.of(incident.organisation_id).get_or_create(
        organisation_id=incident.organisation_id,
        incident=incident,
        pattern=pattern.key,
        defaults={"first_at": first, "last_at": last},
    )
    if is_new or (row.first_at <= first and last <= row.last_at):
        return
    row.first_at, row.last_at = min(row.first_at, first), max(row.last_at, last)
    row.save(update_fields=["first_at", "last_at"])


def _weigh(firm_id: str, incident: Incident, pattern: Pattern) -> set[tuple[str, int]]:
    """The other incidents for which something changed: (company, incident)."""
    campaign, changed_at = _present(firm_id, pattern), _versions_changed_at()
    if not campaign and not may_begin(pattern, now=now(), versions_changed_at=changed_at):
        return set()
    before = Stance(campaign.stance) if campaign else None
    stance = weigh(
        pattern,
        sightings=_sightings(firm_id, pattern),
        campaign=CampaignFacts(before, campaign.answered_at) if campaign and before else None,
        now=now(),
        versions_changed_at=changed_at,
    )
    if stance is None:
        return set()
    if campaign is None:
        campaign = Campaign.objects.of(firm_id).create(
            firm_id=firm_id, pattern=pattern.key, kind=pattern.kind.value, stance=stance.value
        )
    if stance is not before:
        return _begin(campaign, stance)
    _join(campaign, [(incident.organisation_id, incident.pk)])
    return set()


def _begin(campaign: Campaign, stance: Stance) -> set[tuple[str, int]]:
    """The campaign is new, or a question now: everybody who saw the pattern lately is in it."""
    campaign.stance = stance.value
    campaign.asked_at = now() if stance is Stance.ASKED else None
    campaign.version += 1
    campaign.save()
    recent = _rows(campaign.firm_id, campaign.pattern).filter(last_at__gt=now() - CAMPAIGN_WITHIN)
    found = set(recent.values_list("organisation_id", "incident_id"))
    _join(campaign, sorted(found))
    return found


def _join(campaign: Campaign, incidents: list[tuple[str, int]]) -> None:
    CampaignMember.objects.bulk_create(
        (
            CampaignMember(
                campaign=campaign, organisation_id=organisation_id, incident_id=incident_id
            )
            for organisation_id, incident_id in incidents
        ),
        ignore_conflicts=True,
    )


def _present(firm_id: str, pattern: Pattern) -> Campaign | None:
    """The newest campaign of the pattern whose answer still speaks; locked, since a person may be
    answering it at this moment."""
    rows = Campaign.objects.of(firm_id).filter(pattern=pattern.key).exclude(stance=Stance.OVER)
    newest = rows.order_by("-pk").select_for_update().first()
    if newest is None:
        return None
    facts = CampaignFacts(Stance(newest.stance), newest.answered_at)
    return None if facts.is_over(now()) else newest


def _sightings(firm_id: str, pattern: Pattern) -> list[Sighting]:
    companies = (
        _rows(firm_id, pattern.key)
        .filter(last_at__gt=now() - NEW_AFTER)
        .values("organisation_id")
        .annotate(first=Min("first_at"), last=Max("last_at"))
        .order_by("organisation_id")
    )
    return [Sighting(row["organisation_id"], row["first"], row["last"]) for row in companies]


def _rows(firm_id: str, pattern: str) -> ScopedQuerySet[PatternSighting]:
    rows = PatternSighting.objects.across_all(reason=_WHY_ALL).filter(pattern=pattern)
    rows = rows.annotate(answering=answering_of("organisation"))
    return rows.filter(answering=firm_id, organisation__deleted_at=None)


def _note_versions(findings: Iterable[Finding]) -> None:
    for name in {f"{__version__} {finding.rule_pack}"[:200] for finding in findings}:
        KnownVersion.objects.get_or_create(name=name)


def _versions_changed_at() -> datetime | None:
    """When our own last change showed; None while there was only ever one."""
    newest = KnownVersion.objects.order_by("-first_at").values_list("first_at", flat=True)[:2]
    return newest[0] if len(newest) > 1 else None
