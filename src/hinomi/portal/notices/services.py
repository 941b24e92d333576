"""Puts notices into the outbox, inside the transaction of whoever has something to say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from hinomi.portal.access.time import configuration, now
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

_TOLD = Q(state__in=(NoticeState.SENT, NoticeState.SENDING)) | Q(
    state=NoticeState.QUEUED, attempts__gt=0
)


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


def was_told(*, organisation_id: str, incident_number: str) -> bool:
    """True when anybody may have read of this incident: a mail went out, or nobody knows."""
    notices = Notice.objects.of(organisation_id).filter(incident_number=incident_number)
    return notices.filter(_TOLD).exists()


def told_among(scope: Scope, numbers: QuerySet[Any, Any]) -> set[str]:
    """Those of the 受付番号 of which `was_told` is true, in one query."""
    notices = Notice.objects.within(scope).filter(_TOLD, incident_number__in=numbers)
    return set(notices.order_by().values_list("incident_number", flat=True))


def hold_unsent(*, organisation_id: str, incident_number: str) -> int:
    """Notices that nobody began to send wait until `release_held` or `drop_unsent`; how many. What
    a person of ours asked for (元に戻してよい合図) does not wait."""
    waiting = _untouched(organisation_id, incident_number, NoticeState.QUEUED)
    return (
        waiting.exclude(dedupe_key__contains=":release:")
        .exclude(dedupe_key__contains=":correction:")
        .update(state=NoticeState.HELD)
    )


def drop_unsent(*, organisation_id: str, incident_number: str) -> int:
    """Notices that nobody began to send are never sent; returns how many. A correction is: who was
    told wrongly must learn so, however often the incident is looked at again."""
    states = (NoticeState.HELD, NoticeState.QUEUED)
    waiting = _untouched(organisation_id, incident_number, *states)
    return waiting.exclude(dedupe_key__contains=":correction:").update(state=NoticeState.DROPPED)


def release_held(*, organisation_id: str, letter: Letter) -> int:
    """Send what was held, one notice per address, in the words of now; returns how many."""
    held = _untouched(organisation_id, letter.incident_number, NoticeState.HELD)
    newest = {notice.to: notice for notice in held.order_by("pk")}
    for notice in newest.values():
        notice.subject, notice.body_text = letter.subject, letter.body_text
        notice.body_html = letter.body_html
        notice.state, notice.due_at = NoticeState.QUEUED, now()
        notice.save(update_fields=["subject", "body_text", "body_html", "state", "due_at"])
    held.update(state=NoticeState.DROPPED)  # what is still held is older than what goes out
    return len(newest)


def has_held(*, organisation_id: str, incident_number: str) -> bool:
    """True while a notice about this incident waits."""
    return _untouched(organisation_id, incident_number, NoticeState.HELD).exists()


def held_numbers() -> list[str]:
    """受付番号 of all incidents about which a notice waits."""
    held = Notice.objects.across_all(reason="the bell looks again at everything that waits")
    numbers = held.filter(state=NoticeState.HELD).order_by().values_list("incident_number")
    return [number for (number,) in numbers.distinct()]


def _untouched(
    organisation_id: str, incident_number: str, *states: NoticeState
) -> ScopedQuerySet[Notice]:
    return Notice.objects.of(organisation_id).filter(
        incident_number=incident_number, state__in=states, attempts=0
    )


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
