"""Whose number is this: by an index, in however many companies and spellings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.phone_numbers import phone_key
from hinomi.portal.contacts.models import Address, Kind
from hinomi.portal.contacts.queries import order_of
from hinomi.portal.organisations.models import Membership, Organisation, Role
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope

SHORTEST_KEY = 9  # what is shorter is no number of a company: withheld, an extension, 110
MOST = 10
_KINDS = (Kind.VOICE, Kind.SMS, Kind.FAX)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the number stands for. A number proves nobody: `standing` only says who it should be,
    `decides` whether that person may, `owners` who may."""

    name: str
    standing: str
    decides: bool
    owners: tuple[str, ...]


def companies_of(scope: Scope, number: str) -> list[Organisation]:
    """The companies in the scope that have the number: their own, or one of their contacts'."""
    key = phone_key(number)
    if len(key) < SHORTEST_KEY:
        return []
    own = Organisation.objects.within(scope).filter(phone_key=key).order_by("name", "pk")[:MOST]
    rows = Address.objects.within(scope).filter(key=key, kind__in=_KINDS, ended_at=None)
    theirs = rows.filter(contact__ended_at=None).select_related("organisation")
    found = {each.pk: each for each in own}
    found |= {each.organisation_id: each.organisation for each in theirs[:MOST]}
    return sorted(found.values(), key=lambda each: (each.name, each.pk))[:MOST]


def companies_named(scope: Scope, text: str) -> list[Organisation]:
    """For a caller who says the company's name."""
    rows = Organisation.objects.within(scope).filter(name__icontains=one_line(text)[:100])
    return list(rows.order_by("name", "pk")[:MOST])


def looks_like_number(text: str) -> bool:
    """Whether a person typed a telephone number, not a name."""
    return len(phone_key(text)) >= SHORTEST_KEY


def caller_of(organisation_id: str, number: str) -> Caller:
    """Who of the company should be at this number."""
    key = phone_key(number)
    owners = Membership.objects.of(organisation_id).filter(role=Role.OWNER, user__is_active=True)
    deciding = {row.user_id: row.user.shown_name for row in owners.select_related("user")}
    names = tuple(deciding.values())
    for person in order_of(organisation_id) if key else ():
        if any(kind in _KINDS and phone_key(place) == key for kind, place in person.places):
            decides = person.user_id in deciding
            return Caller(person.name, "責任者" if decides else "連絡先の人", decides, names)
    is_own = Organisation.objects.of(organisation_id).filter(phone_key=key).exists()
    standing = "会社の代表番号" if key and is_own else "確かめていない番号"
    return Caller("", standing, decides=False, owners=names)
