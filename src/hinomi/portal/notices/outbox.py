"""Sends what is due. Each attempt is recorded before it is made, its end after it.

A kill between the hand-over and the record sends that mail once more after the restart; it bears
the same Message-ID. A temporary failure is tried again with growing pauses for a day; a permanent
one stops at once and stands as 送れませんでした on the staff's list.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hinomi.core import crash
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.notices.models import Notice, NoticeAttempt, NoticeState
from hinomi.respond.channels.channel import ChannelError, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.respond.channels.channel import Channel

# Pause after the nth failed attempt, in seconds; the last one repeats until a day has passed.
PAUSES_S = (5, 15, 60, 300, 900, 3600)
GIVE_UP_AFTER = timedelta(days=1)
AT_ONCE = 4  # one slow mail server must not hold up another company's mail
_WHY_ALL = "the outbox sends for every company; each notice goes to its own recipient"

log = logging.getLogger(__name__)


def resume() -> int:
    """At the bell's start: attempts whose end nobody saw are due again. Returns how many."""
    return _all().filter(state=NoticeState.SENDING).update(state=NoticeState.QUEUED, due_at=now())


def send_due(*, channels: Mapping[str, Channel], limit: int = 40) -> int:
    """Send what is due, oldest first; returns how many were tried. `channels` by kind."""
    due = _all().filter(state=NoticeState.QUEUED, due_at__lte=now(), channel__in=channels)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    if len(ids) <= 1:
        return sum(send_one(pk, channels=channels) for pk in ids)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(_in_own_thread(channels), ids))


def send_one(pk: int, *, channels: Mapping[str, Channel]) -> bool:
    """One attempt at one notice; False when somebody else has it."""
    begun = _begin(pk)
    if begun is None:
        return False
    notice, attempt = begun
    crash.point("bell:before-send")
    error = _hand_over(notice, channels[notice.channel])
    crash.point("bell:after-send")
    _finish(notice, attempt, error)
    return True


def _in_own_thread(channels: Mapping[str, Channel]) -> Callable[[int], bool]:
    def run(pk: int) -> bool:
        try:
            return send_one(pk, channels=channels)
        finally:
            connection.close()  # each thread has its own, and this one ends here

    return run


@transaction.atomic
def _begin(pk: int) -> tuple[Notice, NoticeAttempt] | None:
    claimed = _all().filter(pk=pk, state=NoticeState.QUEUED).update(state=NoticeState.SENDING)
    if not claimed:
        return None
    notice = _all().get(pk=pk)
    notice.attempts += 1
    notice.save(update_fields=["attempts"])
    attempt = NoticeAttempt.objects.create(
        organisation_id=notice.organisation_id, notice=notice, started_at=now()
    )
    return notice, attempt


def _hand_over(notice: Notice, channel: Channel) -> ChannelError | None:
    message = Message(
        to=notice.to,
        subject=notice.subject,
        body_text=notice.body_text,
        body_html=notice.body_html,
        message_id=notice.message_id,
    )
    try:
        channel.send(message)
    except ChannelError as error:
        return error
    except Exception as error:  # a mail nobody can build must not stop the others
        log.exception("notice %s could not be built", notice.pk)
        return ChannelError(f"{type(error).__name__}: {error}", permanent=True)
    return None


@transaction.atomic
def _finish(notice: Notice, attempt: NoticeAttempt, error: ChannelError | None) -> None:
    moment = now()
    attempt.finished_at = moment
    attempt.outcome = "sent" if error is None else str(error)[:500]
    attempt.save(update_fields=["finished_at", "outcome"])
    if error is None:
        notice.state, notice.sent_at, notice.last_error = NoticeState.SENT, moment, ""
    else:
        notice.last_error = str(error)[:500]
        _retry_or_give_up(notice, permanent=error.permanent, moment=moment)
    notice.save(update_fields=["state", "sent_at", "last_error", "due_at"])


def _retry_or_give_up(notice: Notice, *, permanent: bool, moment: datetime) -> None:
    if permanent or moment - notice.created_at > GIVE_UP_AFTER:
        notice.state = NoticeState.FAILED
        audit.record(
            what="notices:notice:failed",
            user_id=None,
            organisation_id=notice.organisation_id,
            notice=notice.pk,
        )
        return
    notice.state = NoticeState.QUEUED
    pause = PAUSES_S[min(notice.attempts, len(PAUSES_S)) - 1]
    notice.due_at = moment + timedelta(seconds=pause)


def _all() -> ScopedQuerySet[Notice]:
    return Notice.objects.across_all(reason=_WHY_ALL)
