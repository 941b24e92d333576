"""The person behind a request with what their memberships allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps

from hinomi.portal.access.permissions import PARTNER, ROLE_PERMISSIONS, Permission
from hinomi.portal.access.scope import CustomersOf, OneOrganisation, OnSlotOf, Part, Scope
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """One membership: a role in one company, or in one firm."""

    role: str
    organisation_id: str | None
    firm_id: str | None

    def part(self, moment: datetime) -> Part:
        """What this membership reaches."""
        if self.organisation_id is not None:
            return OneOrganisation(self.organisation_id)
        assert self.firm_id is not None, "the database allows no membership in neither"
        if self.role == PARTNER:
            return OnSlotOf(self.firm_id, moment)
        return CustomersOf(self.firm_id, moment)


@dataclass(frozen=True, slots=True)
class Actor:
    """Nobody (`user_id` None) or a person with memberships."""

    user_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()

    @property
    def is_known(self) -> bool:
        """True for a person who signed in."""
        return self.user_id is not None

    @property
    def is_firm_staff(self) -> bool:
        """True for a member of any firm: the second factor is asked of them."""
        return any(grant.firm_id is not None for grant in self.grants)

    def can(self, permission: Permission) -> bool:
        """True when any membership holds the right; which companies it reaches is the scope's."""
        return any(permission in ROLE_PERMISSIONS[grant.role] for grant in self.grants)

    def scope(self, permission: Permission) -> Scope:
        """The companies for which the person holds the right."""
        moment = now()
        return Scope(
            tuple(
                grant.part(moment)
                for grant in self.grants
                if permission in ROLE_PERMISSIONS[grant.role]
            )
        )

    def reach(self) -> Scope:
        """The companies the person belongs to or serves at all: outside it everything is 404."""
        moment = now()
        return Scope(tuple(grant.part(moment) for grant in self.grants))


NOBODY = Actor()
_SOC = "soc"  # organisations.models.FirmKind.SOC


def load_actor(*, user_id: int, name: str) -> Actor:
    """Read the person's memberships, once per request."""
    rows = (
        apps.get_model("organisations", "Membership")
        ._default_manager.across_all(reason="a person's own memberships")
        .filter(user_id=user_id)
        .order_by("pk")
        .values_list("role", "organisation_id", "firm_id", "firm__kind")
    )
    return Actor(user_id=user_id, name=name, grants=tuple(_grant(*row) for row in rows))


def _grant(role: str, organisation_id: str | None, firm_id: str | None, kind: str | None) -> Grant:
    """Whatever somebody is in a partner SOC, here they are the partner."""
    return Grant(PARTNER if kind == _SOC else role, organisation_id, firm_id)
