"""What other apps and the screens read of contacts, in values ready to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.new_numbers import Standing
from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Kind
from hinomi.portal.contacts.rows import listed

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.contacts.rows import Listed


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
    def phones(self) -> tuple[str, ...]:
        """Numbers to call."""
        return tuple(address for kind, address in self.places if kind == Kind.VOICE)


def order_of(organisation_id: str, moment: datetime | None = None) -> list[InOrder]:
    """The company's contacts, who first, whatever the hour; also those without an address that
    counts (no places), so that a person sees who is missing."""
    people = listed(organisation_id, moment=moment or now())
    return [_in_order(each, order) for order, each in enumerate(people, start=1)]


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
