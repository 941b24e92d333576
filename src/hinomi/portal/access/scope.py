"""What a person's memberships let them reach, as SQL that the database evaluates.

A scope is never a list of ids: "one organisation", or "all customers of firm F", which is an EXISTS
over the engagements that are live at this moment. An ended engagement is out at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from datetime import datetime

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


Part = OneOrganisation | CustomersOf


@dataclass(frozen=True, slots=True)
class Scope:
    """A union of parts; no parts reach nothing."""

    parts: tuple[Part, ...] = ()

    def condition(self, path: str = "organisation") -> Q:
        """Filter for rows of companies in this scope. Deleted companies are in no scope."""
        if not self.parts:
            return Q(pk__in=())
        union = Q()
        for part in self.parts:
            union |= part.condition(path)
        prefix = "" if path == "pk" else f"{path}__"
        return union & Q(**{f"{prefix}deleted_at": None})


def scope_of(organisation_id: str) -> Scope:
    """The scope of exactly one company."""
    return Scope((OneOrganisation(organisation_id),))
