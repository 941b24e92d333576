"""What a customer was told about an incident, version by version, and what was corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.incidents.models import CustomerWords, WordsKind

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident


def versions(incident: Incident) -> list[CustomerWords]:
    """All that went out, newest first."""
    rows = CustomerWords.objects.of(incident.organisation_id).filter(incident=incident)
    rows = rows.exclude(sent_at=None).select_related("sent_by", "corrects")
    return list(rows.order_by("-version"))


def corrections(incident: Incident) -> list[CustomerWords]:
    """For the customer's page: each correction with the words it corrects, newest first."""
    return [row for row in versions(incident) if row.kind == WordsKind.CORRECTION and row.corrects]
