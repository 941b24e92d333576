"""A mail to the desk becomes words in a thread, or waits, or is put away. Never an answer to a
machine, never a stranger's words in a customer's thread (decision 0045)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.collect.mail.senders import aligned
from hinomi.portal.access import audit
from hinomi.portal.access.scope import serves
from hinomi.portal.access.time import configuration, now
from hinomi.portal.incidents.models import Incident
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership
from hinomi.portal.tickets.letters import send_receipt
from hinomi.portal.tickets.mail_reading import Mail, read_mail
from hinomi.portal.tickets.models import IncomingMail, MailOutcome, Ticket, TicketKind, Way
from hinomi.portal.tickets.photos import MOST_PHOTOS, keep, photograph
from hinomi.portal.tickets.services import (
    SUBJECT_MOST,
    TEXT_MOST,
    Words,
    customer_writes,
    first_words,
    open_ticket,
)
from hinomi.portal.tickets.tokens import is_ours, named_in
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.portal.accounts.models import User
    from hinomi.portal.tickets.models import TicketMessage

MOST_AN_HOUR = 10
MOST_WAITING = 500  # of one firm; beyond that the mail itself is not kept, only who and what about
_WHY_ALL = "which of a firm's customers a mail is of is not known before it is read"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What becomes of the mail. `organisation_id` and `user` of a believed sender."""

    outcome: MailOutcome
    reason: str = ""
    user: User | None = None
    organisation_id: str = ""
    ticket: Ticket | None = None
    incident: Incident | None = None


def take_in(raw: bytes, *, firm_id: str, signers: tuple[str, ...] = ()) -> IncomingMail:
    """One mail to the firm's address. `signers`: domains whose signature holds. The same mail a
    second time changes nothing."""
    mail = read_mail(raw)
    with transaction.atomic():
        judged = _judge(mail, firm_id, aligned(signers, sender=mail.sender))
        digest = _digest(mail, raw, judged)
        rows = IncomingMail.objects.of_firm(firm_id)
        found = rows.filter(digest=digest).first()
        if found is not None:
            return found
        if judged.outcome is MailOutcome.THREAD:
            message = _into_thread(mail, judged)
            return _record(mail, firm_id, digest, judged, ticket=message.ticket)
        row = _record(mail, firm_id, digest, judged, ticket=None)
        waiting = rows.filter(outcome=MailOutcome.WAITING, sorted_at=None).count()
        if judged.outcome is MailOutcome.WAITING and waiting <= MOST_WAITING:
            _keep_raw(row, raw)
        return row


@transaction.atomic
def sort_into(
    *, letter: IncomingMail, organisation_id: str, ticket: Ticket | None, user: User
) -> Ticket:
    """A person says whose the mail is: into this ticket, or into a new one of the company."""
    row = IncomingMail.objects.of_firm(letter.firm_id).select_for_update().get(pk=letter.pk)
    if row.ticket is not None:
        return row.ticket
    path = raw_path(row)
    mail = read_mail(path.read_bytes()) if path.is_file() else Mail(text=row.text)
    words = Words(
        text=mail.text or row.text or "（本文はありません）",
        author_name=f"{row.sender_name}（{row.sender}）" if row.sender_name else row.sender,
        way=Way.MAIL,
        mail_id=row.mail_id,
    )
    if ticket is not None:
        message = customer_writes(ticket=ticket, words=words)
    else:
        made = open_ticket(
            organisation_id=organisation_id,
            kind=TicketKind.QUESTION,
            subject=row.subject or "メールの相談",
            words=words,
            by_user_id=user.pk,
        )
        message = first_words(made)
    _hang(mail, message)
    row.ticket, row.outcome = message.ticket, MailOutcome.THREAD
    return _sorted(row, user, act="sort").ticket or message.ticket


@transaction.atomic
def put_away(*, letter: IncomingMail, user: User) -> IncomingMail:
    """A person says that it is no question; its words are forgotten."""
    row = IncomingMail.objects.of_firm(letter.firm_id).select_for_update().get(pk=letter.pk)
    if row.outcome != MailOutcome.WAITING:
        return row
    row.outcome, row.reason, row.text = MailOutcome.PUT_AWAY, "by_person", ""
    return _sorted(row, user, act="put_away")


def raw_path(row: IncomingMail) -> Path:
    """Where a waiting mail lies as it came."""
    return configuration().data / "tickets" / "mails" / row.firm_id / f"{row.digest}.eml"


def _judge(mail: Mail, firm_id: str, signed: tuple[str, ...]) -> _Judged:
    if mail.machine or _is_own(mail):
        return _Judged(MailOutcome.PUT_AWAY, mail.machine or "own_mail")
    if mail.fault:
        return _Judged(MailOutcome.WAITING, mail.fault)
    if not mail.sender or mail.is_double:
        return _Judged(MailOutcome.WAITING, "double_head")
    if _is_flood(mail, firm_id):
        return _Judged(MailOutcome.WAITING, "too_many")
    members = _members(mail.sender, firm_id)
    if not members:
        return _Judged(MailOutcome.WAITING, "unknown_sender")
    user = members[0].user
    number, token = named_in(mail.subject)
    if not signed and not is_ours(token, number=number, user_id=user.pk):
        return _Judged(MailOutcome.WAITING, "not_proved")
    return _place(mail, number, user, [str(each.organisation_id) for each in members])


def _place(mail: Mail, number: str, user: User, companies: list[str]) -> _Judged:
    """Which thread of which company; only ever one that the sender belongs to."""
    thread = MailOutcome.THREAD
    for wanted in filter(None, (number, _answered(mail, companies))):
        for company in companies:
            ticket = Ticket.objects.of(company).filter(number=wanted).first()
            if ticket is not None:
                return _Judged(thread, "", user, company, ticket)
            incident = Incident.objects.of(company).filter(number=wanted).first()
            if incident is not None:
                return _Judged(thread, "", user, company, incident=incident)
        return _Judged(MailOutcome.WAITING, "other_thread")
    if len(companies) > 1:
        return _Judged(MailOutcome.WAITING, "which_company")
    return _Judged(thread, "", user, companies[0])


def _answered(mail: Mail, companies: list[str]) -> str:
    """The number of the notice of ours that the mail answers."""
    for company in companies:
        notices = Notice.objects.of(company).filter(message_id__in=mail.refers_to)
        number = notices.exclude(incident_number="").values_list("incident_number", flat=True)
        if found := number.first():
            return str(found)
    return ""


def _into_thread(mail: Mail, judged: _Judged) -> TicketMessage:
    words = Words(
        text=mail.text or "（本文はありません）",
        author=judged.user,
        way=Way.MAIL,
        mail_id=mail.mail_id,
    )
    if judged.ticket is not None:
        message = customer_writes(ticket=judged.ticket, words=words)
        _hang(mail, message)
        return message
    ticket = open_ticket(
        organisation_id=judged.organisation_id,
        kind=TicketKind.QUESTION,
        subject=mail.subject or "メールの相談",
        words=words,
    )
    if judged.incident is not None:
        ticket.incident = judged.incident
        ticket.save(update_fields=["incident"])
    message = first_words(ticket)
    _hang(mail, message)
    send_receipt(ticket)
    return message


def _hang(mail: Mail, message: TicketMessage) -> None:
    """Photographs up to the limit; of everything else name, size and hash."""
    pictures = 0
    for each in mail.files:
        taken = photograph(each.name, each.raw)
        pictures += bool(taken.raw)
        if taken.raw and pictures > MOST_PHOTOS:
            continue
        keep(message, taken)


def _members(sender: str, firm_id: str) -> list[Membership]:
    """The person's companies among those the firm serves now."""
    rows = Membership.objects.across_all(reason=_WHY_ALL).filter(
        serves(firm_id, "organisation", moment=now()),
        user__email=sender,
        user__is_active=True,
        role__in=CUSTOMER_ROLES,
        organisation__deleted_at=None,
    )
    return list(rows.select_related("user").order_by("pk"))


def _is_own(mail: Mail) -> bool:
    own = configuration().mail_from.rpartition("<")[2].rstrip("> ").lower()
    if mail.sender and mail.sender == own:
        return True
    sent = Notice.objects.across_all(reason="a mail of ours that comes back")
    return bool(mail.mail_id) and sent.filter(message_id=mail.mail_id).exists()


def _is_flood(mail: Mail, firm_id: str) -> bool:
    since = now() - timedelta(hours=1)
    rows = IncomingMail.objects.of_firm(firm_id).filter(sender=mail.sender, at__gt=since)
    return rows.count() >= MOST_AN_HOUR


def _digest(mail: Mail, raw: bytes, judged: _Judged) -> str:
    """The Message-ID and whether it was believed; a stranger who knows the id of a real mail cannot
    take its place. Without an id: the bytes."""
    is_believed = judged.outcome is MailOutcome.THREAD
    name = mail.mail_id or hashlib.sha256(raw).hexdigest()
    told = f"{is_believed}\0{mail.sender}\0{name}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _record(
    mail: Mail, firm_id: str, digest: str, judged: _Judged, *, ticket: Ticket | None
) -> IncomingMail:
    is_waiting = judged.outcome is MailOutcome.WAITING
    row = IncomingMail.objects.of_firm(firm_id).create(
        firm_id=firm_id,
        digest=digest,
        sender=mail.sender,
        sender_name=one_line(mail.sender_name)[:200],
        subject=one_line(mail.subject)[: SUBJECT_MOST * 2],
        text=mail.text[:TEXT_MOST] if is_waiting else "",
        mail_id=mail.mail_id[:400],
        files=[_told(each.name, each.raw) for each in mail.files] if is_waiting else [],
        outcome=judged.outcome,
        reason=judged.reason,
        ticket=ticket,
    )
    audit.record(
        what=f"tickets:mail:{judged.outcome.value}",
        user_id=None,
        firm_id=firm_id,
        organisation_id=ticket.organisation_id if ticket else None,
        mail=row.pk,
        **({"reason": judged.reason} if judged.reason else {}),
    )
    return row


def _told(name: str, raw: bytes) -> list[str]:
    taken = photograph(name, raw)
    return [taken.name, str(len(raw)), taken.sha256, "写真" if taken.kind else "写真ではない"]


def _keep_raw(row: IncomingMail, raw: bytes) -> None:
    path = raw_path(row)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(raw)


def _sorted(row: IncomingMail, user: User, *, act: str) -> IncomingMail:
    row.sorted_at, row.sorted_by = now(), user
    row.save()
    audit.record(what=f"tickets:mail:{act}", user_id=user.pk, firm_id=row.firm_id, mail=row.pk)
    path = raw_path(row)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return row
