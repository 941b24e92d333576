"""What companies agreed to, as it holds now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.business.consent import NOTHING, Act, Purpose, Standing, Step, standing
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import kind_of
from hinomi.portal.consents.models import ConsentStep, Entrusted
from hinomi.portal.organisations.models import Engagement

if TYPE_CHECKING:
    from datetime import date

_ALL = "the directory holds every company"
# Firms that read records; an insurer or a buyer does not.
_READING = ("provider", "partner", "soc")


@dataclass(frozen=True, slots=True)
class Holder:
    """One 再委託先, ready to show."""

    name: str
    work: str
    place: str
    valid_from: date
    valid_to: date | None


def standing_of(organisation_id: str) -> Standing:
    """What holds for the company now."""
    rows = ConsentStep.objects.of(organisation_id).defer("shown").order_by("pk")
    return standing(_step(row) for row in rows)


def all_standings() -> dict[str, Standing]:
    """What holds for every company, in one query."""
    steps: dict[str, list[Step]] = defaultdict(list)
    rows = ConsentStep.objects.across_all(reason=_ALL).defer("shown").order_by("pk")
    for row in rows.iterator():
        steps[row.organisation_id].append(_step(row))
    return {organisation: standing(each) for organisation, each in steps.items()}


def may_use(organisation_id: str, *, kind: str, purpose: Purpose) -> bool:
    """Whether records of the company's sources of this kind may be used so. Whoever counts or
    tells over companies asks this first; nothing said means no."""
    return standing_of(organisation_id).allows(kind_of(kind), purpose)


def kinds_for(purpose: Purpose) -> dict[str, frozenset[str]]:
    """Company → the kinds of which it allows this use; companies that allow none are left out."""
    allowed = {
        organisation: frozenset(kind for kind in each.covers if each.allows(kind, purpose))
        for organisation, each in all_standings().items()
    }
    return {organisation: kinds for organisation, kinds in allowed.items() if kinds}


def history(organisation_id: str) -> list[ConsentStep]:
    """Every step, newest first."""
    return list(
        ConsentStep.objects.of(organisation_id).select_related("recorded_by").order_by("-pk")
    )


def entrusted_for(organisation_id: str, *, day: date) -> list[Holder]:
    """Whom the firms that serve the company entrust with its records on that day."""
    moment = now()
    firms = Engagement.objects.of(organisation_id).filter(
        Q(valid_to=None) | Q(valid_to__gt=moment), valid_from__lte=moment, role__in=_READING
    )
    rows = Entrusted.objects.across_all(reason="narrowed to the firms that serve the company")
    valid = rows.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        valid_from__lte=day,
        firm__in=firms.values("firm"),
    )
    return [
        Holder(row.name, row.work, row.place, row.valid_from, row.valid_to)
        for row in valid.order_by("name", "pk")
    ]


def provider_of(organisation_id: str) -> str:
    """The name of the firm that watches the company, "" when none does."""
    moment = now()
    rows = Engagement.objects.of(organisation_id).filter(
        Q(valid_to=None) | Q(valid_to__gt=moment), valid_from__lte=moment, role__in=_READING
    )
    first = rows.select_related("firm").order_by("-role", "pk").first()
    return first.firm.name if first else ""


def _step(row: ConsentStep) -> Step:
    return Step(
        act=Act(row.act),
        kinds=frozenset(row.kinds),
        purposes=frozenset(Purpose(each) for each in row.purposes),
        days=row.days,
        number=row.pk,
        at=row.recorded_at,
    )


__all__ = ["NOTHING", "Purpose", "Standing"]
