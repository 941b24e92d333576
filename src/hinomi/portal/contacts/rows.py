"""Reads contacts with their addresses as the values that the rules judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.business.new_numbers import WAIT, Standing
from hinomi.business.phone_numbers import mail_key, phone_key
from hinomi.business.reaching import Person, Place
from hinomi.portal.contacts.models import Address, Contact, Kind, wishes_of

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """One contact with the addresses that are not gone, and where each stands."""

    contact: Contact
    addresses: tuple[tuple[Address, Standing], ...]

    @property
    def used(self) -> tuple[Address, ...]:
        """Those to which alarms go now."""
        return tuple(address for address, standing in self.addresses if standing.is_used)


def listed(organisation_id: str, *, moment: datetime) -> list[Listed]:
    """The company's contacts, who first; two queries."""
    contacts = Contact.objects.of(organisation_id).filter(ended_at=None)
    rows = Address.objects.of(organisation_id).filter(ended_at=None)
    return _listed(contacts, rows, moment)


def listed_within(scope: Scope, *, moment: datetime) -> dict[str, list[Listed]]:
    """Of every company in the scope, in two queries."""
    contacts = Contact.objects.within(scope).filter(ended_at=None)
    rows = Address.objects.within(scope).filter(ended_at=None)
    found: dict[str, list[Listed]] = {}
    for each in _listed(contacts, rows, moment):
        found.setdefault(each.contact.organisation_id, []).append(each)
    return found


def person(each: Listed, *, moment: datetime) -> Person:
    """The contact for the rules of reaching."""
    contact = each.contact
    changed = contact.changed_at
    is_fresh = changed is not None and moment < changed + _DAY
    return Person(
        contact_id=contact.pk,
        user_id=contact.user_id,
        name=contact.name,
        places=tuple(Place(row.kind, row.address) for row in each.used),
        wishes=contact.wishes,
        before=wishes_of(contact.before) if contact.before and is_fresh else None,
        deputy_id=contact.deputy_id,
        computers=tuple(contact.computers),
        has_moved=contact.moved_at is not None,
    )


def key_of(kind: str, address: str) -> str:
    """The address as it is compared."""
    if kind == Kind.MAIL:
        return mail_key(address)
    if kind in {Kind.VOICE, Kind.SMS, Kind.FAX}:
        return phone_key(address)
    return address.strip()


def _listed(
    contacts: ScopedQuerySet[Contact], rows: ScopedQuerySet[Address], moment: datetime
) -> list[Listed]:
    by_contact: dict[int, list[Address]] = {}
    for row in rows.order_by("pk"):
        by_contact.setdefault(row.contact_id, []).append(row)
    return [
        Listed(each, _standings(by_contact.get(each.pk, []), moment))
        for each in contacts.order_by("position", "pk")
        if each.removed_at is None or moment < each.removed_at + WAIT
    ]


def _standings(rows: list[Address], moment: datetime) -> tuple[tuple[Address, Standing], ...]:
    """A replaced address is gone from the moment its successor counts."""
    replaced = {
        row.replaces_id
        for row in rows
        if row.replaces_id and (since := row.steps.counts_from()) and since <= moment
    }
    standings = ((row, row.steps.standing(moment)) for row in rows if row.pk not in replaced)
    return tuple((row, state) for row, state in standings if state is not Standing.GONE)
