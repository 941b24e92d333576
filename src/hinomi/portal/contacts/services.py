"""Changes who is reached: people, order, hours, and what came back. Addresses are in addresses.py.

One transaction each, with its audit entry. What makes a person ring less is told to all, and the
former wishes count for another day: nobody is put to sleep by somebody in another's mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.new_numbers import WAIT, Standing
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.contacts.errors import Meanwhile, NotPossible
from hinomi.portal.contacts.models import WISHES, Address, Contact, Kind, Subject
from hinomi.portal.contacts.rows import key_of, listed
from hinomi.portal.contacts.telling import tell_all
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership, Organisation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, time

    from hinomi.portal.contacts.rows import Listed

MOST_CONTACTS = 12
MAILS_THAT_PASS = 2
_DAY = timedelta(days=1)
_INSTEAD_OF_MAIL = (Kind.VOICE, Kind.SMS, Kind.FAX)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one contact."""

    name: str
    user_id: int | None
    deputy_id: int | None
    hours: str
    days: Sequence[int]
    opens: time
    closes: time
    now_when: str
    today_when: str
    check_when: str
    computers: Sequence[str] = ()


@transaction.atomic
def add_contact(
    *, organisation_id: str, said: Said, form_key: str | None, user_id: int | None
) -> Contact:
    """One more contact, behind the others. The same form sent twice adds one."""
    lock(organisation_id)
    rows = Contact.objects.of(organisation_id)
    sent = rows.filter(form_key=form_key).first() if form_key else None
    if sent is not None:
        return sent
    living = rows.filter(ended_at=None)
    if living.count() >= MOST_CONTACTS:
        raise NotPossible(f"連絡先は{MOST_CONTACTS}人までです。使わない人を外してください。")
    last = living.order_by("-position").values_list("position", flat=True).first() or 0
    contact = Contact(organisation_id=organisation_id, position=last + 1, form_key=form_key)
    _take_over(contact, said)
    contact.save()
    _note("add", contact, user_id)
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, said: Said, version: int, user_id: int | None) -> None:
    """Raises Meanwhile when the contact is no longer the one the person saw."""
    contact = locked(contact)
    if contact.version != version:
        raise Meanwhile
    former = _written(contact)
    kept = contact.before if _is_fresh(contact) else None
    _take_over(contact, said)
    if _written(contact) != former:
        contact.before, contact.changed_at = kept or former, now()
        tell_all(Subject.CHANGED, about=contact, once=f"{contact.version + 1}")
    contact.version += 1
    contact.save()
    _note("change", contact, user_id)


@transaction.atomic
def move(*, contact: Contact, places: int, version: int, user_id: int | None) -> None:
    """`places` -1: one up. At the end it stays. Sent twice it moves once (`version`)."""
    contact = locked(contact)
    if contact.version != version:
        return
    order = [each.contact for each in listed(contact.organisation_id, moment=now())]
    at = next((n for n, each in enumerate(order) if each.pk == contact.pk), None)
    if at is None or not 0 <= at + places < len(order):
        return
    order.insert(at + places, order.pop(at))
    for position, each in enumerate(order, start=1):
        Contact.objects.of(contact.organisation_id).filter(pk=each.pk).update(position=position)
    Contact.objects.of(contact.organisation_id).filter(pk=contact.pk).update(
        version=contact.version + 1
    )
    _note("move", contact, user_id)


@transaction.atomic
def remove_contact(*, contact: Contact, user_id: int | None) -> None:
    """Gone in a day, and told to all; at once when no alarm ever went there."""
    contact = locked(contact)
    if contact.removed_at is not None:
        return
    moment = now()
    people = listed(contact.organisation_id, moment=moment)
    own = next((each for each in people if each.contact.pk == contact.pk), None)
    if own is None or not own.used:
        contact.removed_at = contact.ended_at = moment
        Address.objects.of(contact.organisation_id).filter(contact=contact, ended_at=None).update(
            ended_at=moment
        )
    else:
        if not any(each.used for each in people if each.contact.pk != contact.pk):
            raise NotPossible("最後の連絡先なので、外せません。先に、別の人を加えてください。")
        contact.removed_at = moment
        tell_all(Subject.REMOVED, about=contact, once=moment.isoformat())
    contact.save()
    _note("remove", contact, user_id)


@transaction.atomic
def keep_contact(*, contact: Contact, user_id: int | None) -> bool:
    """Takes a removal back; False when the contact is gone already."""
    contact = locked(contact)
    if contact.ended_at is not None:
        return False
    if contact.removed_at is None:
        return True
    if now() >= contact.removed_at + WAIT:
        return False
    contact.removed_at = None
    contact.save(update_fields=["removed_at"])
    _note("keep", contact, user_id)
    return True


@transaction.atomic
def note_bounce(*, organisation_id: str, kind: str, address: str, reason: str) -> bool:
    """What was sent there came back for good: switched off, and somebody else of the company is
    told (the desk's list shows it in any case). False when no address in use was meant."""
    lock(organisation_id)
    moment, key = now(), key_of(kind, address)
    hit = [
        row
        for each in listed(organisation_id, moment=moment)
        for row, standing in each.addresses
        if row.kind == kind and row.key == key and standing.is_used
    ]
    for row in hit:
        row.bounced_at, row.trouble = moment, reason[:200]
        row.save(update_fields=["bounced_at", "trouble"])
        tell_all(Subject.BOUNCED, about=row.contact, address=row, once=moment.isoformat())
        _note("bounce", row.contact, None, address=row.pk)
    return bool(hit)


@transaction.atomic
def note_unanswered(contact_id: int, moment: datetime) -> None:
    """One more mail passed without an answer (the same `moment` counts once). After two, phone or
    FAX is used instead, where there is one."""
    contact = _any(contact_id)
    if contact is None or contact.passed_at == moment:
        return
    contact.passed, contact.passed_at = contact.passed + 1, moment
    people = listed(contact.organisation_id, moment=moment)
    has_other = any(
        row.kind in _INSTEAD_OF_MAIL
        for each in people
        if each.contact.pk == contact.pk
        for row in each.used
    )
    if contact.passed >= MAILS_THAT_PASS and has_other and contact.moved_at is None:
        contact.moved_at = moment
        _note("move_to_phone", contact, None)
    contact.save(update_fields=["passed", "passed_at", "moved_at"])


@transaction.atomic
def note_answered(contact_id: int) -> None:
    """The person answered: mails that passed before no longer count. Only a person moves back."""
    contact = _any(contact_id)
    if contact is not None and contact.passed and contact.moved_at is None:
        contact.passed = 0
        contact.save(update_fields=["passed"])


@transaction.atomic
def back_to_mail(*, contact: Contact, user_id: int | None) -> None:
    """Mails are used again."""
    contact = locked(contact)
    if contact.moved_at is None:
        return
    contact.moved_at, contact.passed, contact.passed_at = None, 0, None
    contact.save(update_fields=["moved_at", "passed", "passed_at"])
    _note("back_to_mail", contact, user_id)


def lock(organisation_id: str) -> Organisation:
    """Contacts of one company change one after the other."""
    return Organisation.objects.of(organisation_id).select_for_update().get()


def locked(contact: Contact) -> Contact:
    """The contact as it is now, with its company locked."""
    lock(contact.organisation_id)
    return Contact.objects.of(contact.organisation_id).get(pk=contact.pk)


def settle(organisation_id: str, *, moment: datetime) -> None:
    """Mark what is gone by the clock as ended, so that it may be added anew."""
    living = listed(organisation_id, moment=moment)
    kept = {row.pk for each in living for row, _ in each.addresses}
    contacts = Contact.objects.of(organisation_id).filter(ended_at=None)
    contacts.exclude(pk__in=[each.contact.pk for each in living]).update(ended_at=moment)
    rows = Address.objects.of(organisation_id).filter(ended_at=None)
    rows.exclude(pk__in=kept).update(ended_at=moment)


def standing_of(row: Address, people: Sequence[Listed]) -> Standing:
    """Where the address stands among the company's."""
    return next(
        (state for each in people for found, state in each.addresses if found.pk == row.pk),
        Standing.GONE,
    )


def _any(contact_id: int) -> Contact | None:
    rows = Contact.objects.across_all(reason="the bell knows the contact by its id only")
    return rows.filter(pk=contact_id, ended_at=None).first()


def _take_over(contact: Contact, said: Said) -> None:
    """A deputy and a member must be of the same company."""
    others = Contact.objects.of(contact.organisation_id).filter(ended_at=None)
    members = Membership.objects.of(contact.organisation_id).filter(role__in=CUSTOMER_ROLES)
    for name in ("name", *WISHES):
        setattr(contact, name, getattr(said, name))
    contact.days, contact.computers = list(said.days), list(said.computers)
    contact.deputy = others.exclude(pk=contact.pk).filter(pk=said.deputy_id or 0).first()
    member = members.filter(user_id=said.user_id or 0).select_related("user").first()
    contact.user = member.user if member else None


def _written(contact: Contact) -> dict[str, object]:
    """The wishes as they are kept for a day."""
    said = {name: str(getattr(contact, name)) for name in WISHES if name != "days"}
    return {**said, "days": sorted(contact.days)}


def _is_fresh(contact: Contact) -> bool:
    return contact.changed_at is not None and now() < contact.changed_at + _DAY


def _note(act: str, contact: Contact, user_id: int | None, *, address: int = 0) -> None:
    audit.record(
        what=f"contacts:contact:{act}",
        user_id=user_id,
        organisation_id=contact.organisation_id,
        contact=contact.pk,
        address=address,
    )
