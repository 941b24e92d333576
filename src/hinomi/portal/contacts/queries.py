"""What other apps and the screens read of contacts, in values ready to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.new_numbers import Standing
from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Kind
from hinomi.portal.contacts.rows import listed, listed_within
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui.pages import Page, page_of_list

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import QueryDict

    from hinomi.portal.access.scope import Scope
    from hinomi.portal.contacts.rows import Listed

_NEEDS = (
    "届かなくなったあて先がある",
    "もう1人の「はい」を待っている",
    "確認の番号を待っている",
    "使える連絡先がない",
    "2人目の連絡先がない",
    "連絡先の登録がまだない",
)


@dataclass(frozen=True, slots=True)
class InOrder:
    """One contact for somebody who has to reach the company: who, and the addresses that count."""

    contact_id: int
    user_id: int | None
    name: str
    order: int
    places: tuple[tuple[str, str], ...]
    trouble: str

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """Ways in words, with the address."""
        return tuple(
            (Kind(kind).label.partition("（")[0], address) for kind, address in self.places
        )

    @property
    def phones(self) -> tuple[str, ...]:
        """Numbers to call."""
        return tuple(address for kind, address in self.places if kind == Kind.VOICE)


def order_of(organisation_id: str, moment: datetime | None = None) -> list[InOrder]:
    """The company's contacts, who first, whatever the hour; also those without an address that
    counts (no places), so that a person sees who is missing."""
    people = listed(organisation_id, moment=moment or now())
    return [_in_order(each, order) for order, each in enumerate(people, start=1)]


@dataclass(frozen=True, slots=True)
class InNeed:
    """One company whose contacts need something of us or of its people."""

    company: Organisation
    needs: tuple[str, ...]


def in_need(scope: Scope, *, search: str, number: int, question: QueryDict) -> Page[InNeed]:
    """Companies in the scope: an address came back, a yes or a code is missing, nobody or only one
    can be reached. A company that nobody set up yet stands last. Three queries."""
    moment = now()
    companies = Organisation.objects.within(scope).order_by("name", "pk")
    if search:
        companies = companies.filter(name__icontains=search)
    people = listed_within(scope, moment=moment)
    found = [InNeed(each, _needs(people.get(each.pk, []))) for each in companies]
    found = sorted(
        (each for each in found if each.needs),
        key=lambda each: (_NEEDS.index(each.needs[0]), each.company.name),
    )
    return page_of_list(found, number=number, question=question)


def _needs(people: list[Listed]) -> tuple[str, ...]:
    states = [state for each in people for _, state in each.addresses]
    used = sum(1 for each in people if each.used)
    found = (
        Standing.BOUNCED in states,
        Standing.UNANSWERED in states,
        Standing.UNPROVED in states,
        bool(people) and used == 0,
        used == 1,
        not people,
    )
    return tuple(words for words, holds in zip(_NEEDS, found, strict=True) if holds)


def _in_order(each: Listed, order: int) -> InOrder:
    contact = each.contact
    return InOrder(
        contact_id=contact.pk,
        user_id=contact.user_id,
        name=contact.name,
        order=order,
        places=tuple((row.kind, row.address) for row in each.used),
        trouble=_trouble(each),
    )


def _trouble(each: Listed) -> str:
    if any(state is Standing.BOUNCED for _, state in each.addresses):
        return "届かなくなったあて先があります。"
    if not each.used:
        return "確かめたあて先がありません。"
    if each.contact.moved_at is not None:
        return "メールの返事がないので、電話かFAXにしています。"
    return ""
