"""Whom an alarm of a company goes to at this moment, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.phone_numbers import mail_key, own_domain
from hinomi.business.reaching import Involved, Place, in_turn
from hinomi.portal.contacts.models import Address, Kind
from hinomi.portal.contacts.rows import listed, person
from hinomi.portal.organisations.calendars import calendar_of
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership, Organisation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hinomi.core.words import ActionLevel

__all__ = ["Involved", "Reach", "involved_in", "reaches"]
# Kinds of incidents in which somebody else reads a mailbox: its neighbours are doubtful too.
_TAKEN_OVER = frozenset({"mail_account_abused", "mail_forwarding", "cloud_login"})


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to one person. `order` counts people from 1: all ways of one person share it, best
    way first. No contact: a member of a company that has set up nobody."""

    contact_id: int | None
    user_id: int | None
    name: str
    kind: str
    address: str
    order: int


def reaches(
    organisation_id: str, *, level: ActionLevel, moment: datetime, involved: Involved
) -> list[Reach]:
    """Who first. Empty: nobody of the company can be reached now, so the desk must see to it."""
    company = Organisation.objects.of(organisation_id).filter(deleted_at=None)
    if not company.exists():
        return []
    people = [person(each, moment=moment) for each in listed(organisation_id, moment=moment)]
    if not any(each.places for each in people):
        return _members(organisation_id, involved)
    calendar = calendar_of(organisation_id)
    turns = in_turn(people, level=level, moment=moment, calendar=calendar, involved=involved)
    found = [
        Reach(who.contact_id, who.user_id, who.name, place.kind, place.address, order)
        for order, (who, places) in enumerate(turns, start=1)
        for place in places
    ]
    # A mailbox beside one that was taken over comes last, whoever's it is.
    return sorted(found, key=lambda each: involved.doubts(Place(each.kind, each.address)))


def involved_in(
    kind: str, *, mails: Iterable[str] = (), phones: Iterable[str] = (), devices: Iterable[str] = ()
) -> Involved:
    """What an incident of this kind makes doubtful."""
    mails = tuple(mails)
    domains = {own_domain(mail) for mail in mails} if kind in _TAKEN_OVER else ()
    return Involved(
        mails=mails, phones=tuple(phones), devices=tuple(devices), mail_domains=tuple(domains)
    )


def _members(organisation_id: str, involved: Involved) -> list[Reach]:
    """The company's own owner and staff by mail, owners first; where a mail came back before, it
    would again."""
    bounced = Address.objects.of(organisation_id).filter(kind=Kind.MAIL, ended_at=None)
    lost = set(bounced.exclude(bounced_at=None).values_list("key", flat=True))
    rows = (
        Membership.objects.of(organisation_id)
        .filter(role__in=CUSTOMER_ROLES, user__is_active=True)
        .select_related("user")
        .order_by("role", "pk")  # "owner" sorts before "staff"
    )
    users = [
        row.user
        for row in rows
        if mail_key(row.user.email) not in lost
        and not involved.holds(Place(Kind.MAIL, row.user.email))
    ]
    return [
        Reach(None, user.pk, user.shown_name, Kind.MAIL.value, user.email, order)
        for order, user in enumerate(users, start=1)
    ]
