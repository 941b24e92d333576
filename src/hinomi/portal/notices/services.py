"""Puts notices into the outbox, inside the transaction of whoever has something to say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import parseaddr

from hinomi.portal.access.time import configuration, now
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of the company a notice goes to."""

    user_id: int
    mail: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a notice says. `reason` is what it is about: the same reason is written once."""

    incident_number: str
    reason: str
    subject: str
    body_text: str
    body_html: str | None = None


def recipients_of(organisation_id: str) -> list[Recipient]:
    """The company's own owner and staff. Nobody of the firm, nobody of another company."""
    rows = (
        Membership.objects.of(organisation_id)
        .filter(role__in=CUSTOMER_ROLES, user__is_active=True)
        .select_related("user")
        .order_by("pk")
    )
    return [Recipient(user_id=row.user_id, mail=row.user.email) for row in rows]


def queue_mails(*, organisation_id: str, letter: Letter) -> int:
    """One notice per recipient; returns how many are new. Call inside a transaction."""
    return sum(
        _queue(organisation_id, letter, recipient) for recipient in recipients_of(organisation_id)
    )


def was_sent(*, organisation_id: str, incident_number: str) -> bool:
    """True when this incident was already written about: the next mail is marked 【再送】."""
    notices = Notice.objects.of(organisation_id).filter(incident_number=incident_number)
    return notices.filter(state=NoticeState.SENT).exists()


def _queue(organisation_id: str, letter: Letter, recipient: Recipient) -> bool:
    dedupe_key = f"{letter.incident_number}:{letter.reason}:{recipient.user_id}"
    _, is_new = Notice.objects.of(organisation_id).get_or_create(
        organisation_id=organisation_id,
        dedupe_key=dedupe_key,
        defaults={
            "incident_number": letter.incident_number,
            "to": recipient.mail,
            "subject": letter.subject,
            "body_text": letter.body_text,
            "body_html": letter.body_html,
            "message_id": _message_id(organisation_id, dedupe_key),
            "due_at": now(),
        },
    )
    return is_new


def _message_id(organisation_id: str, dedupe_key: str) -> str:
    """The same for every attempt, so that mail programs fold a mail that went out twice."""
    digest = hashlib.sha256(f"{organisation_id}\0{dedupe_key}".encode()).hexdigest()[:32]
    domain = parseaddr(configuration().mail_from)[1].rpartition("@")[2] or "localhost"
    return f"{digest}@{domain}"
