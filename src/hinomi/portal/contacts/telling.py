"""Notes down whom to tell what about contacts. The layer above sends (proofs.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.business.phone_numbers import mail_key
from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Address, Contact, Kind, Subject, Telling
from hinomi.portal.contacts.rows import key_of, listed
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.portal.contacts.rows import Listed

# Written things are cheap and may be read later; a call about a change only where nothing else is.
_WRITTEN = (Kind.MAIL, Kind.SMS, Kind.LINE, Kind.LINE_WORKS, Kind.CHATWORK)
_ELSE = (Kind.VOICE, Kind.FAX, Kind.LETTER)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to tell, at one address."""

    kind: str
    to: str
    contact: Contact | None = None
    user_id: int | None = None


def tell_all(
    subject: Subject, *, organisation_id: str = "", about: Contact | None = None,
    address: Address | None = None, once: str = "",
) -> int:  # fmt: skip
    """One telling to each contact of the company and each owner; how many are new."""
    company = organisation_id or (about.organisation_id if about else "")
    barred = asker_keys(address) if address else frozenset()
    told = 0
    for reader in readers(company):
        if subject is Subject.BOUNCED and address and _is_at(reader, address):
            continue
        may_vote = subject is Subject.ASKED and _key(reader) not in barred
        about_key = address.pk if address else about.pk if about else 0
        _, is_new = Telling.objects.of(company).get_or_create(
            organisation_id=company,
            dedupe_key=f"{subject}:{about_key}:{reader.kind}:{_key(reader)}:{once}"[:120],
            defaults={
                "subject": subject,
                "kind": reader.kind,
                "to": reader.to,
                "about": about,
                "address": address,
                "voter_contact": reader.contact if may_vote else None,
                "voter_user_id": reader.user_id if may_vote else None,
                "due_at": now(),
                "created_at": now(),
            },
        )
        told += is_new
    return told


def readers(organisation_id: str) -> list[Reader]:
    """Every contact at the addresses in use, and each owner's mailbox; each address once. With no
    contact in use: every member."""
    people = listed(organisation_id, moment=now())
    found = [reader for each in people for reader in _of_contact(each)]
    members = Membership.objects.of(organisation_id).filter(
        role__in=[Role.OWNER] if found else CUSTOMER_ROLES, user__is_active=True
    )
    seen = {(reader.kind, _key(reader)) for reader in found}
    for row in members.select_related("user").order_by("pk"):
        reader = Reader(Kind.MAIL, row.user.email, user_id=row.user_id)
        if (reader.kind, _key(reader)) not in seen:
            found.append(reader)
    return found


def asker_keys(address: Address) -> frozenset[str]:
    """Every address at which the person who asked for this one can read: no yes from there."""
    if address.asked_by is None:
        return frozenset()
    company = address.organisation_id
    own = Address.objects.of(company).filter(contact__user=address.asked_by, ended_at=None)
    return frozenset({mail_key(address.asked_by.email), *own.values_list("key", flat=True)})


def _of_contact(each: Listed) -> Iterator[Reader]:
    written = [row for row in each.used if row.kind in _WRITTEN]
    spoken = [row for kind in _ELSE for row in each.used if row.kind == kind]
    for row in written or spoken[:1]:
        yield Reader(row.kind, row.address, each.contact, each.contact.user_id)


def _key(reader: Reader) -> str:
    return key_of(reader.kind, reader.to)


def _is_at(reader: Reader, address: Address) -> bool:
    return reader.kind == address.kind and _key(reader) == address.key
