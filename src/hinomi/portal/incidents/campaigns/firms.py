"""Which firm answers for a company: the one whose campaigns may hold the company's notices.

Several firms may serve a company (provider, partner, SOC). Two answers to "an update?" would leave
its notices between two truths, so one answers: the provider, else who serves it longest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When

from hinomi.portal.access.scope import WATCHING_ROLES
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Engagement, FirmKind, Organisation

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet

_WHY_ALL = "narrowed to the company in question"


def answering_firm(organisation_id: str) -> str:
    """The firm's id; "" when nobody serves the company now."""
    live = _live().filter(organisation=organisation_id)
    return live.values_list("firm", flat=True).first() or ""


def customers(firm_id: str) -> ScopedQuerySet[Organisation]:
    """The companies the firm answers for."""
    rows = Organisation.objects.across_all(reason="narrowed to the firm's customers")
    return rows.annotate(answering=answering_of("pk")).filter(answering=firm_id, deleted_at=None)


def answering_of(path: str) -> Subquery:
    """The answering firm of the company named by the field, in SQL."""
    return Subquery(_live().filter(organisation=OuterRef(path)).values("firm")[:1])


def _live() -> QuerySet[Engagement]:
    moment = now()
    provider_first = Case(When(role=FirmKind.PROVIDER, then=Value(0)), default=Value(1))
    return (
        Engagement.objects.across_all(reason=_WHY_ALL)
        .filter(
            Q(valid_to=None) | Q(valid_to__gt=moment),
            valid_from__lte=moment,
            role__in=WATCHING_ROLES,
        )
        .order_by(provider_first, "valid_from", "pk")
    )
