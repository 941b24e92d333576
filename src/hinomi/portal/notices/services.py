"""Puts notices into the outbox, inside the transaction of whoever has something to say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import configuration, now
from hinomi.portal.notices.models import Alarm, Notice, NoticeState
from hinomi.portal.notices.presses import tap_url
from hinomi.portal.organisations.models import CUSTOMER_ROLES, Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.scope import Scope

MAIL = "mail"
_THREAD_MOST = 4
_TOLD = Q(state__in=(NoticeState.SENT, NoticeState.SENDING)) | Q(
    state=NoticeState.QUEUED, attempts__gt=0
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of the company a notice goes to, and the way it takes. `contact_id` is their row
    of 連絡先; without one they are a member of the company and it goes to their mailbox."""

    mail: str
    user_id: int | None = None
    contact_id: int | None = None
    kind: str = MAIL
    name: str = ""

    @property
    def key(self) -> str:
        """Who by which way, for the dedupe key."""
        if self.contact_id is None:
            return str(self.user_id) if self.kind == MAIL else f"{self.user_id}:{self.kind}"
        return f"c{self.contact_id}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a notice says. `reason` is what it is about: the same reason is written once.

    `answers` are Message-IDs of the reader's own mails that it answers, oldest first. `level` is
    the urgency of what it is about ("" for no incident). `with_tap` writes the two bodies anew with
    the address under which one person may answer without signing in.
    """

    incident_number: str
    reason: str
    subject: str
    body_text: str
    body_html: str | None = None
    text_short: str = ""
    spoken: str = ""
    level: str = ""
    answers: tuple[str, ...] = ()
    with_tap: Callable[[str], tuple[str, str | None]] | None = None


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
    people = recipients_of(organisation_id)
    return queue_for(organisation_id=organisation_id, letter=letter, recipients=people)


def queue_for(
    *, organisation_id: str, letter: Letter, recipients: Iterable[Recipient], step: str = ""
) -> int:
    """One notice each; returns how many are new. Of level 今すぐ an Alarm is written too, whether
    or not there is anybody to tell: that nobody is there is what escalation is for. `step` names
    the step of an escalation that asks. Call inside a transaction."""
    if letter.level == ActionLevel.NOW and not step:
        Alarm.objects.of(organisation_id).get_or_create(
            organisation_id=organisation_id,
            incident_number=letter.incident_number,
            reason=letter.reason,
        )
    return sum(_queue(organisation_id, letter, each, step=step) for each in recipients)


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
    newest = {(notice.channel, notice.to): notice for notice in held.order_by("pk")}
    for notice in newest.values():
        notice.subject = letter.subject
        notice.body_text, notice.body_html = _bodies(
            letter, organisation_id, notice.dedupe_key, kind=notice.channel
        )
        notice.text_short, notice.spoken = letter.text_short, letter.spoken
        notice.state, notice.due_at = NoticeState.QUEUED, now()
        notice.save()
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


def _queue(organisation_id: str, letter: Letter, recipient: Recipient, *, step: str) -> bool:
    dedupe_key = f"{letter.incident_number}:{letter.reason}:{recipient.key}"
    body_text, body_html = _bodies(letter, organisation_id, dedupe_key, kind=recipient.kind)
    _, is_new = Notice.objects.of(organisation_id).get_or_create(
        organisation_id=organisation_id,
        dedupe_key=dedupe_key,
        defaults={
            "incident_number": letter.incident_number,
            "channel": recipient.kind,
            "to": recipient.mail,
            "whom": recipient.name,
            "contact_id": recipient.contact_id,
            "user_id": recipient.user_id,
            "level": letter.level,
            "step": step,
            "subject": letter.subject,
            "body_text": body_text,
            "body_html": body_html,
            "text_short": letter.text_short,
            "spoken": letter.spoken,
            "message_id": _message_id(organisation_id, dedupe_key),
            "refers_to": _thread(organisation_id, letter, recipient),
            "due_at": now(),
        },
    )
    return is_new


def _bodies(
    letter: Letter, organisation_id: str, dedupe_key: str, *, kind: str
) -> tuple[str, str | None]:
    """Only a mail bears the address to answer at: a FAX or a letter lies open on a desk."""
    if letter.with_tap is None or kind != MAIL:
        return letter.body_text, letter.body_html
    return letter.with_tap(tap_url(organisation_id, dedupe_key))


def _thread(organisation_id: str, letter: Letter, recipient: Recipient) -> str:
    """The mails before it about the same number to the same mailbox, so that a mail program shows
    them as one conversation: the first, and the last few."""
    if recipient.kind != MAIL or not letter.incident_number:
        return ""
    mails = Notice.objects.of(organisation_id).filter(
        incident_number=letter.incident_number, channel=MAIL, to=recipient.mail
    )
    ours = list(mails.exclude(message_id="").order_by("pk").values_list("message_id", flat=True))
    named = (*letter.answers[:1], *ours[:1], *ours[-_THREAD_MOST:], *letter.answers[-_THREAD_MOST:])
    # Once each; what stands last is what is answered.
    return " ".join(reversed(dict.fromkeys(reversed(named))))


def _message_id(organisation_id: str, dedupe_key: str) -> str:
    """The same for every attempt, so that mail programs fold a mail that went out twice."""
    digest = hashlib.sha256(f"{organisation_id}\0{dedupe_key}".encode()).hexdigest()[:32]
    domain = parseaddr(configuration().mail_from)[1].rpartition("@")[2] or "localhost"
    return f"{digest}@{domain}"
