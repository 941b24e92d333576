"""What a person's memberships let them reach, as SQL that the database evaluates.

A scope is never a list of ids: "one organisation", or "all customers of firm F", which is an EXISTS
over the engagements that are live at this moment. An ended engagement is out at once. A partner SOC
reaches companies only while it holds a slot (`OnSlotOf`), by an EXISTS too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model, QuerySet

# Roles in which a firm serves a customer that open the customer's records to the firm's staff.
# An insurer, reseller or buyer is engaged too, but sees only what is shared with it.
WATCHING_ROLES = ("provider", "partner", "soc")


def serves(
    firm: str | OuterRef, path: str, *, moment: datetime, roles: tuple[str, ...] = WATCHING_ROLES
) -> Exists:
    """Whether the firm (its id, or the field that names it) serves the company that `path` names at
    `moment` in one of `roles`."""
    engagement = apps.get_model("organisations", "Engagement")
    return Exists(
        engagement._default_manager.filter(
            Q(valid_to=None) | Q(valid_to__gt=moment),
            organisation=OuterRef(path),
            firm=firm,
            role__in=roles,
            valid_from__lte=moment,
        )
    )


@dataclass(frozen=True, slots=True)
class OneOrganisation:
    """Exactly one company."""

    organisation_id: str

    def condition(self, path: str) -> Q:
        """The rows whose `path` (a field naming the organisation) lies in this part."""
        return Q(**{path: self.organisation_id})


@dataclass(frozen=True, slots=True)
class CustomersOf:
    """All companies that firm `firm_id` serves in one of `roles` at `moment`."""

    firm_id: str
    moment: datetime
    roles: tuple[str, ...] = WATCHING_ROLES

    def condition(self, path: str) -> Q:
        """The rows whose `path` (a field naming the organisation) lies in this part."""
        return Q(serves(self.firm_id, path, moment=self.moment, roles=self.roles))


@dataclass(frozen=True, slots=True)
class OnSlotOf(CustomersOf):
    """The companies that partner firm `firm_id` watches at `moment`: a slot of a firm that serves
    the company is the partner's just now, the company's consent names the partner, and it is
    entrusted today. Of such a company only rows whose table says so are reached: see
    `OrganisationOwned.partner_sees`."""

    def condition(self, path: str) -> Q:
        """The rows whose `path` (a field naming the organisation) lies in this part."""
        named = apps.get_model("duties", "PartnerConsent")._default_manager
        return Q(
            Exists(
                named.filter(
                    Exists(_held(self.firm_id, self.moment)),
                    Exists(_together(self.firm_id)),
                    Exists(_entrusted(self.moment)),
                    serves(OuterRef("firm"), "organisation", moment=self.moment),
                    organisation=OuterRef(path),
                    partner=self.firm_id,
                )
            )
        )


def _held(partner_id: str, moment: datetime) -> QuerySet[Model]:
    """Published slots of the outer row's firm that are the partner's now."""
    return apps.get_model("duties", "Slot")._default_manager.filter(
        firm=OuterRef("firm"),
        partner=partner_id,
        published_at__isnull=False,
        starts_at__lte=moment,
        ends_at__gt=moment,
    )


def _together(partner_id: str) -> QuerySet[Model]:
    """The open partnership of the outer row's firm with the partner."""
    return apps.get_model("duties", "Partnership")._default_manager.filter(
        firm=OuterRef("firm"), partner=partner_id, ended_at=None
    )


def _entrusted(moment: datetime) -> QuerySet[Model]:
    """The outer row's partner as a 再委託先 of its firm on that day; days are Japan's."""
    day = moment.astimezone(ZoneInfo("Asia/Tokyo")).date()
    return apps.get_model("consents", "Entrusted")._default_manager.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        firm=OuterRef("firm"),
        name=OuterRef("partner__name"),
        valid_from__lte=day,
    )


Part = OneOrganisation | CustomersOf


@dataclass(frozen=True, slots=True)
class Scope:
    """A union of parts; no parts reach nothing."""

    parts: tuple[Part, ...] = ()

    def condition(self, path: str = "organisation", *, partner_sees: Q | None = None) -> Q:
        """Filter for rows of companies in this scope. Deleted companies are in no scope. Of a
        partner's companies only the rows of `partner_sees` are: None of them, unless said."""
        union = Q()
        for part in self.parts:
            if not isinstance(part, OnSlotOf):
                union |= part.condition(path)
            elif partner_sees is not None:
                union |= part.condition(path) & partner_sees
        if not union:
            return Q(pk__in=())
        prefix = "" if path == "pk" else f"{path}__"
        return union & Q(**{f"{prefix}deleted_at": None})


def scope_of(organisation_id: str) -> Scope:
    """The scope of exactly one company."""
    return Scope((OneOrganisation(organisation_id),))
