"""Customers as the console lists them, and one customer's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from hinomi.portal.access.scope import scope_of
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.incidents.queries.lists import Row, as_rows
from hinomi.portal.incidents.queries.queue import Question, page
from hinomi.portal.organisations.models import Membership, Organisation
from hinomi.portal.organisations.values import values_of
from hinomi.portal.sources import queries as sources

if TYPE_CHECKING:
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Company:
    """One customer's page."""

    company: Organisation
    incidents: list[Row]
    cards: list[sources.Card]
    devices: list[sources.Device]
    members: list[Membership]
    values: dict[str, tuple[str, ...]]


def companies(scope: Scope, *, search: str) -> ScopedQuerySet[Organisation]:
    """The customers in the scope with how many incidents are open, by name."""
    opened = (
        Incident.objects.across_all(reason="counted per company already in the scope")
        .filter(organisation=OuterRef("pk"))
        .exclude(state__in=CLOSED_STATES)
        .order_by()
        .values("organisation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Organisation.objects.within(scope).annotate(open_count=Coalesce(Subquery(opened), 0))
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(contact_phone__icontains=search) | Q(pk=search)
        )
    return rows.order_by("-open_count", "name", "pk")


def company_page(company: Organisation) -> Company:
    """Open incidents, sources, machines, people and values of one customer."""
    scope = scope_of(company.id)
    members = Membership.objects.of(company.id).select_related("user").order_by("role", "pk")
    return Company(
        company=company,
        incidents=as_rows(page(scope, Question("all"), user_id=0, size=_SHOWN).items),
        cards=sources.cards(sources.sources(scope)[:_SHOWN]),
        devices=sources.devices(company.id)[:_SHOWN],
        members=list(members),
        values=values_of(company.id),
    )
