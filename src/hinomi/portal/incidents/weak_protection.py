"""A licence of a box that ended weakens the watch: told once, as an incident of its company.

Nothing is concluded from the device itself: a person wrote the day down, and the text says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.equipment import Function
from hinomi.core.incidents import Judgement, OpenIncident
from hinomi.core.words import Certainty, Disposition
from hinomi.portal.incidents import opening
from hinomi.portal.incidents.models import Incident
from hinomi.portal.installations.queries import expired_licences
from hinomi.portal.organisations.models import Organisation
from hinomi.triage.cases import case_of

if TYPE_CHECKING:
    from hinomi.portal.installations.models import Licence

KIND = "protection_weak"
_WHY_ALL = "the bell tells every company what ended"


def tell_expired() -> int:
    """Open an incident for each licence that ended and was not told; returns how many."""
    expired = expired_licences()
    keys = [_key(row) for row in expired]
    told = Incident.objects.across_all(reason=_WHY_ALL).filter(group_key__in=keys)
    known = set(told.values_list("group_key", flat=True))
    return sum(_tell(row) for row in expired if _key(row) not in known)


def _key(row: Licence) -> str:
    """The day is part of it: a licence that was renewed and ends again is told again."""
    return f"{KIND}:licence={row.source_id}:{row.function}:{row.ends_on:%Y%m%d}"


@transaction.atomic
def _tell(row: Licence) -> bool:
    company = Organisation.objects.of(row.organisation_id).select_for_update().get()
    if Incident.objects.of(row.organisation_id).filter(group_key=_key(row)).exists():
        return False
    ended = datetime.combine(row.ends_on, time(3, 0), tzinfo=UTC)  # noon in Japan
    judged = Judgement(
        kind=KIND,
        group_key=_key(row),
        level=case_of(KIND).level,
        certainty=Certainty.CONFIRMED,
        disposition=Disposition.UNKNOWN,
        device=row.source.name,
        first_event_at=ended,
        last_event_at=ended,
        count=1,
        late=False,
        slots={"device": row.source.name},
        reasons=(f"case:{KIND}", f"licence:{row.function}"),
    )
    decision = OpenIncident(judgement=judged, finding_ids=(), notify=True)
    incident = opening.new_incident(company, decision)
    words = Function(row.function).ja
    day = f"{row.ends_on.year}年{row.ends_on.month}月{row.ends_on.day}日"
    opening.add_fact(incident, f"登録した契約の「{words}」が、{day}で終わっています")
    opening.opened(incident, decision, count=0)
    return True
