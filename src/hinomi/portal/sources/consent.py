"""What sources and their company's consent have to do with each other, for the app of consents."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from hinomi.portal.consents.kinds import RELAY
from hinomi.portal.consents.models import ConsentStep, Way
from hinomi.portal.consents.services import carry_over
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.services import follow_consent


def kinds_in_use(organisation_id: str) -> list[str]:
    """Kinds of the company's live sources, waiting ones too."""
    rows = Source.objects.of(organisation_id).filter(revoked_at=None)
    return sorted(set(rows.values_list("kind", flat=True)))


def follow_consents() -> int:
    """Stop and start every company's sources as its consent says; how many changed."""
    rows = Source.objects.across_all(reason="an update asks every company's consent anew")
    companies = rows.filter(revoked_at=None).values_list("organisation_id", flat=True).distinct()
    return sum(follow_consent(each) for each in companies.order_by("organisation_id"))


def carry_consents_over() -> int:
    """Before there was a history each source kept its own consent: make it the company's first
    steps, once. Returns how many companies."""
    steps = ConsentStep.objects.across_all(reason="only whether there are any")
    rows = Source.objects.across_all(reason="an update brings every company's consents over")
    without = rows.filter(~Exists(steps.filter(organisation=OuterRef("organisation"))))
    found: dict[str, dict[tuple[Way, str], list[str]]] = {}
    said = without.exclude(consent_at=None).exclude(kind=RELAY).filter(revoked_at=None)
    for source in said.order_by("pk"):
        way = Way.COMMAND if source.consent_by_command else Way.SCREEN
        signer = "" if source.consent_by_command else source.consent_by
        found.setdefault(source.organisation_id, {}).setdefault((way, signer), []).append(
            source.kind
        )
    for organisation, by_way in found.items():
        for (way, signer), kinds in by_way.items():
            carry_over(organisation_id=organisation, kinds=kinds, signer=signer, way=way)
    return len(found)
