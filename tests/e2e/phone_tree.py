"""Whom 青葉工務店 wants woken, in the scenery: addresses in every state, hostile names."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.contacts.rows import key_of
from hinomi.portal.contacts.watchwords import set_watchword

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Organisation


def plant(company: Organisation, owner: User, *, asker: User, nasty: str) -> int:
    """The first contact's id."""
    first = Contact.objects.create(
        organisation=company, name="葵", user=owner, position=1, computers=["KEIRI-2"]
    )
    second = Contact.objects.create(
        organisation=company, name=nasty[:80], position=2, hours="own", days=[0, 5], deputy=first,
        moved_at=now(),
    )  # fmt: skip
    long_ago = now() - timedelta(days=40)
    steps = {"asked_at": long_ago, "proved_at": long_ago, "agreed_at": long_ago}
    old = _address(first, "voice", "0312345678", **steps)
    _address(first, "mail", "aoi@example.jp", **steps, bounced_at=now(), trouble="550")
    _address(first, "voice", "09012345678", replaces=old, proved_at=now(), asked_by=asker)
    _address(first, "sms", "09012345678", code_at=now(), asked_by=asker)
    _address(second, "voice", "09011112222 内線305", **steps)
    _address(second, "mail", f"{'a' * 60}@{'b' * 50}.example", **steps, removed_at=now())
    set_watchword(organisation_id=company.id, word="みかん山", user_id=None)
    return first.pk


def _address(contact: Contact, kind: str, address: str, **more: object) -> Address:
    return Address.objects.create(
        organisation_id=contact.organisation_id, contact=contact, kind=kind, address=address,
        key=key_of(kind, address), **more,
    )  # fmt: skip
