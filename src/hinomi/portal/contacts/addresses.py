"""A new address of a contact, step by step: asked, proved by a code, agreed by a second person, and
a day later it counts (business.new_numbers). The old one rings until then.

One transaction each, with its audit entry; sent twice, each does its work once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.new_numbers import ASK_DESK_AFTER, NEW_COMPANY, Standing
from hinomi.business.phone_numbers import mail_key
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.contacts import codes
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Address, Contact, Subject, Telling
from hinomi.portal.contacts.rows import key_of, listed
from hinomi.portal.contacts.services import add_contact, lock, settle, standing_of
from hinomi.portal.contacts.telling import asker_keys, tell_all
from hinomi.portal.contacts.written import clean
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership, Role

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.contacts.rows import Listed
    from hinomi.portal.contacts.services import Said

MOST_OF_A_CONTACT = 8
MOST_ASKED_A_DAY = 10  # of one company: every one is told to everybody
_DAY = timedelta(days=1)


@transaction.atomic
def add_with_address(
    *, organisation_id: str, said: Said, form_key: str | None, kind: str, text: str,
    user_id: int | None,
) -> Contact:  # fmt: skip
    """A new contact with the first address, or neither."""
    contact = add_contact(
        organisation_id=organisation_id, said=said, form_key=form_key, user_id=user_id
    )
    ask_for(contact=contact, kind=kind, text=text, replaces=None, user_id=user_id)
    return contact


@transaction.atomic
def ask_for(
    *, contact: Contact, kind: str, text: str, replaces: Address | None, user_id: int | None
) -> Address:
    """Ask that an address be used, and send its code. Asked twice it is there once."""
    address, company, moment = clean(kind, text), contact.organisation_id, now()
    lock(company)
    settle(company, moment=moment)
    rows = Address.objects.of(company).filter(ended_at=None)
    there = rows.filter(contact=contact, kind=kind, key=key_of(kind, address)).first()
    if there is not None:
        return there
    _within_limits(contact, moment)
    row = Address.objects.of(company).create(
        organisation_id=company,
        contact=contact,
        kind=kind,
        address=address,
        key=key_of(kind, address),
        replaces=rows.filter(contact=contact, pk=replaces.pk).first() if replaces else None,
        asked_at=moment,
        asked_by_id=user_id,
    )
    _note("ask", row, user_id)
    tell_all(Subject.ASKED, about=contact, address=row)
    codes.send(row)
    return row


def prove(*, address: Address, code: str, user_id: int | None) -> None:
    """The code that arrived there was given back. Raises NotPossible; the try stays counted."""
    fault = _try(address, code, user_id)
    if fault:
        raise NotPossible(fault)


@transaction.atomic
def send_again(*, address: Address, user_id: int | None) -> None:
    """Another code; the one before is void."""
    row = _locked(address)
    if row.ended_at is not None or (row.proved_at is not None and row.bounced_at is None):
        raise NotPossible("このあて先には、番号を送らなくてかまいません。")
    codes.send(row)
    _note("send", row, user_id)


@transaction.atomic
def test(*, address: Address, user_id: int | None) -> None:
    """A trial message to an address in use."""
    row = _locked(address)
    if not standing_of(row, listed(row.organisation_id, moment=now())).is_used:
        raise NotPossible("使っているあて先だけに、試しの連絡を送れます。")
    codes.test(row)
    _note("test", row, user_id)


@transaction.atomic
def prove_by_call(*, address: Address, note: str, user_id: int) -> None:
    """Our desk spoke with the person there; `note` says with whom and when."""
    row = _locked(address)
    if row.ended_at is None and (row.proved_at is None or row.bounced_at is not None):
        _proved(row, by_desk=note, user_id=user_id)


@transaction.atomic
def prove_by_key(*, telling: Telling) -> bool:
    """The key asked for in our call was pressed there; the call's own code must be the newest."""
    if telling.address is None or telling.subject != Subject.CODE:
        return False
    row = _locked(telling.address)
    if row.ended_at is not None or not codes.is_live(row) or row.nonce != telling.nonce:
        return False
    if row.proved_at is None or row.bounced_at is not None:
        _proved(row, by_desk=None, user_id=None)
    return True


@transaction.atomic
def agree(
    *, address: Address, user_id: int | None = None, contact: Contact | None = None
) -> datetime | None:
    """A second person's yes; from when the address counts. Raises NotPossible for anybody else."""
    row = _locked(address)
    people = listed(row.organisation_id, moment=now())
    if row.agreed_at is not None or not standing_of(row, people).is_pending:
        return row.steps.counts_from()
    if not may_agree(row, people=people, user_id=user_id, contact=contact):
        raise NotPossible("申し出た人とは別の、責任者か連絡先の人だけが「はい」と答えられます。")
    row.agreed_at, row.agreed_by_id, row.agreed_contact = now(), user_id, contact
    row.save(update_fields=["agreed_at", "agreed_by", "agreed_contact"])
    _note("agree", row, user_id)
    tell_all(Subject.AGREED, about=row.contact, address=row)
    return row.steps.counts_from()


@transaction.atomic
def vouch(*, address: Address, note: str, user_id: int) -> datetime | None:
    """Our desk's yes where nobody of the company can give it: `note` names the number called back
    and who spoke. Never by the one who asked."""
    row = _locked(address)
    people = listed(row.organisation_id, moment=now())
    if row.agreed_at is not None or not standing_of(row, people).is_pending:
        return row.steps.counts_from()
    if not may_vouch(row, people=people, user_id=user_id):
        raise NotPossible(
            "お客様の中に「はい」と答えられる人がいます。その人の返事を待ってください。"
        )
    row.agreed_at, row.agreed_by_id, row.agreed_note = now(), user_id, note[:200]
    row.save(update_fields=["agreed_at", "agreed_by", "agreed_note"])
    _note("vouch", row, user_id)
    tell_all(Subject.AGREED, about=row.contact, address=row)
    return row.steps.counts_from()


@transaction.atomic
def refuse(*, address: Address, user_id: int | None = None, contact: Contact | None = None) -> bool:
    """No: it never counts, the old one stays. Anybody of the company may, until it counts. False
    when it is too late (or was refused before)."""
    row = _locked(address)
    if not standing_of(row, listed(row.organisation_id, moment=now())).is_pending:
        return False
    row.ended_at = now()
    row.save(update_fields=["ended_at"])
    tell_all(Subject.REFUSED, about=row.contact, address=row)
    _note("refuse", row, user_id, by_contact=contact.pk if contact else 0)
    return True


@transaction.atomic
def remove(*, address: Address, user_id: int | None) -> None:
    """In use: gone in a day, and told to all; else at once. The last one of a company stays."""
    row, moment = _locked(address), now()
    people = listed(row.organisation_id, moment=moment)
    standing = standing_of(row, people)
    if standing in {Standing.GONE, Standing.LEAVING}:
        return
    if standing is not Standing.COUNTS:
        row.ended_at = moment
        row.save(update_fields=["ended_at"])
    else:
        if not _others_stay(row, people):
            raise NotPossible("最後のあて先なので、外せません。先に、別のあて先を加えてください。")
        row.removed_at = moment
        row.save(update_fields=["removed_at"])
        tell_all(Subject.REMOVED, about=row.contact, address=row, once=moment.isoformat())
    _note("remove", row, user_id)


@transaction.atomic
def keep(*, address: Address, user_id: int | None) -> bool:
    """Takes a removal back; False when it is gone already."""
    row = _locked(address)
    people = listed(row.organisation_id, moment=now())
    if standing_of(row, people) is not Standing.LEAVING:
        return row.removed_at is None and row.ended_at is None
    row.removed_at = None
    row.save(update_fields=["removed_at"])
    _note("keep", row, user_id)
    return True


def may_agree(
    address: Address, *, people: list[Listed], user_id: int | None, contact: Contact | None = None
) -> bool:
    """Whether this member, or this contact by the link that was sent to them, is a second person:
    an owner, or a contact to whom alarms go, and neither the asker nor at the asker's mailbox."""
    if user_id is not None and user_id == address.asked_by_id:
        return False
    used = {each.contact.pk: each for each in people if each.used}
    if contact is not None:
        is_asker = contact.user_id is not None and contact.user_id == address.asked_by_id
        return contact.pk in used and not is_asker
    member = (
        Membership.objects.of(address.organisation_id)
        .filter(user_id=user_id or 0, role__in=CUSTOMER_ROLES, user__is_active=True)
        .select_related("user")
        .first()
    )
    if member is None or mail_key(member.user.email) in asker_keys(address):
        return False
    return member.role == Role.OWNER or any(
        each.contact.user_id == user_id for each in used.values()
    )


def may_vouch(address: Address, *, people: list[Listed], user_id: int | None) -> bool:
    """Whether our desk may say yes: another person than the asker, and nobody of the company can,
    or nobody did for three days."""
    if user_id is None or user_id == address.asked_by_id:
        return False
    if now() >= address.asked_at + ASK_DESK_AFTER:
        return True
    return not _has_second_person(address, people)


def _has_second_person(address: Address, people: list[Listed]) -> bool:
    barred = asker_keys(address)
    for each in people:
        is_asker = each.contact.user_id and each.contact.user_id == address.asked_by_id
        if not is_asker and any(row.key not in barred for row in each.used):
            return True
    owners = Membership.objects.of(address.organisation_id).filter(
        role=Role.OWNER, user__is_active=True
    )
    return any(
        row.user_id != address.asked_by_id and mail_key(row.user.email) not in barred
        for row in owners.select_related("user")
    )


@transaction.atomic
def _try(address: Address, code: str, user_id: int | None) -> str:
    row = _locked(address)
    if row.ended_at is not None:
        return "この申し出は、もう取りやめになりました。"
    if row.proved_at is not None and row.bounced_at is None:
        return ""
    fault = codes.fault_of(row, code)
    if fault:
        row.tries += 1
        row.save(update_fields=["tries"])
    else:
        _proved(row, by_desk=None, user_id=user_id)
    return fault


def _proved(row: Address, *, by_desk: str | None, user_id: int | None) -> None:
    """An address that came back and is proved again counts as it did. The first one of a new
    company, or the first one our desk spoke with, has nothing before it to protect."""
    people = listed(row.organisation_id, moment=now())
    is_new = now() < row.organisation.created_at + NEW_COMPANY
    if row.proved_at is None:
        row.proved_at, row.proof_note = now(), (by_desk or "")[:200]
        nothing_counts = not any(each.used for each in people)
        row.is_first = nothing_counts and (is_new or by_desk is not None)
    row.bounced_at, row.trouble = None, ""
    row.save(update_fields=["proved_at", "proof_note", "is_first", "bounced_at", "trouble"])
    _note("prove_by_call" if by_desk else "prove", row, user_id)


def _within_limits(contact: Contact, moment: datetime) -> None:
    rows = Address.objects.of(contact.organisation_id)
    if rows.filter(contact=contact, ended_at=None).count() >= MOST_OF_A_CONTACT:
        raise NotPossible(
            f"1人のあて先は{MOST_OF_A_CONTACT}件までです。使わないものを外してください。"
        )
    if rows.filter(asked_at__gt=moment - _DAY).count() >= MOST_ASKED_A_DAY:
        raise NotPossible("今日は、これ以上あて先を加えられません。明日もう一度試してください。")


def _others_stay(row: Address, people: list[Listed]) -> bool:
    return any(
        found.pk != row.pk and state is Standing.COUNTS
        for each in people
        for found, state in each.addresses
        if each.contact.removed_at is None
    )


def _locked(address: Address) -> Address:
    lock(address.organisation_id)
    rows = Address.objects.of(address.organisation_id).select_related(
        "contact", "organisation", "asked_by"
    )
    return rows.get(pk=address.pk)


def _note(act: str, row: Address, user_id: int | None, *, by_contact: int = 0) -> None:
    audit.record(
        what=f"contacts:address:{act}",
        user_id=user_id,
        organisation_id=row.organisation_id,
        contact=row.contact_id,
        address=row.pk,
        kind=row.kind,
        by_contact=by_contact,
    )
