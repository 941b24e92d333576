"""What a key may: never more than its person may now, at its one company or firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from hinomi.portal.access.actor import load_actor
from hinomi.portal.access.permissions import ROLE_PERMISSIONS, Permission
from hinomi.portal.access.scope import Scope
from hinomi.portal.access.time import now
from hinomi.portal.api.models import AccessKey
from hinomi.portal.api.problems import Forbidden, NotFound
from hinomi.portal.api.secrets import sha256

if TYPE_CHECKING:
    from django.db.models import Model

    from hinomi.portal.access.actor import Actor, Grant
    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User

_Row = TypeVar("_Row", bound="Model")

# What a key can be given, with its word for people.
OFFERED = {
    Permission.INCIDENT_READ: "お知らせと案件を読む",
    Permission.INCIDENT_ANSWER: "お知らせに答える",
    Permission.INCIDENT_WORK: "案件にメモを書く",
    Permission.SOURCE_READ: "見守る機器を読む",
    Permission.TICKET_ASK: "相談を読む・送る",
    Permission.TICKET_WORK: "相談を読む・返事をする",
}
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """A key in use: whose it is and which memberships it stands on."""

    key: AccessKey
    actor: Actor

    @property
    def user(self) -> User:
        """The person who made the key and in whose name it acts."""
        return self.key.user

    @property
    def sees_as_customer(self) -> bool:
        """True for a company's own key: it reads what the company's pages show."""
        return self.key.organisation_id is not None

    def may(self, permission: Permission) -> bool:
        """True when the key was given the right and its person holds it here, now."""
        return permission in self.key.permissions and bool(self._grants(permission))

    def scope(self, permission: Permission) -> Scope:
        """The companies for which it may; Forbidden when there is none."""
        if not self.may(permission):
            raise Forbidden
        moment = now()
        return Scope(tuple(grant.part(moment) for grant in self._grants(permission)))

    def reach(self) -> Scope:
        """The companies that it knows of at all: beyond, everything is 404."""
        moment = now()
        return Scope(tuple(grant.part(moment) for grant in self._own()))

    def _grants(self, permission: Permission) -> list[Grant]:
        return [each for each in self._own() if permission in ROLE_PERMISSIONS[each.role]]

    def _own(self) -> list[Grant]:
        tenant = (self.key.organisation_id, self.key.firm_id)
        return [
            each for each in self.actor.grants if (each.organisation_id, each.firm_id) == tenant
        ]


def holder_of(secret: str) -> Holder | None:
    """Whose key this is; None when it is unknown, stopped or over, or its person is gone."""
    moment = now()
    key = (
        AccessKey.objects.with_secret(sha256(secret))
        .filter(revoked_at=None, expires_at__gt=moment, user__is_active=True)
        .select_related("user", "organisation", "firm")
        .first()
    )
    if key is None:
        return None
    if key.last_used_at is None or moment - key.last_used_at > _NOTED_EVERY:
        AccessKey.objects.of_person(key.user_id).filter(pk=key.pk).update(last_used_at=moment)
    return Holder(key, load_actor(user_id=key.user_id, name=key.user.shown_name))


def one(rows: ScopedQuerySet[_Row], holder: Holder, permission: Permission, **lookup: str) -> _Row:
    """The row; NotFound when it is beyond the key's reach or does not exist, both alike; Forbidden
    when it is within reach and the key lacks the right."""
    found = rows.within(holder.reach()).filter(**lookup).first()
    if found is None:
        raise NotFound
    allowed = rows.within(holder.scope(permission)).filter(**lookup).first()
    if allowed is None:
        raise NotFound
    return allowed
