"""Sends one notice. The attempt is recorded before it is made, its end after it.

A kill between the hand-over and the record sends that message once more after the restart; a mail
bears the same Message-ID. A temporary failure is tried again with growing pauses for a day (as
late as the carrier asks); a permanent one stops at once, and stands as 送れませんでした on the
staff's list. One that is about the address switches the contact off, as a mail that comes back
does. Which notices are due, and what runs beside what, is decided in postman.py.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core import crash
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts.services import note_bounce
from hinomi.portal.notices.models import NoticeState
from hinomi.portal.notices.presses import press_url
from hinomi.portal.notices.together import as_one, beside
from hinomi.portal.notices.trays import COMPANIES, TRAYS, Tray
from hinomi.portal.ways.queries import has_carried
from hinomi.portal.ways.services import count
from hinomi.respond.channels.channel import ChannelError, Message, Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hinomi.portal.notices.trays import Letter, Try
    from hinomi.respond.channels.channel import Channel

# Pause after the nth failed attempt, in seconds; the last one repeats until a day has passed.
PAUSES_S = (5, 15, 60, 300, 900, 3600)
GIVE_UP_AFTER = timedelta(days=1)
VOICE = "voice"
_LATELY = timedelta(days=31)
_LONGEST_ASKED = timedelta(hours=1)  # a carrier that asks for more than that is not obeyed

log = logging.getLogger(__name__)


def resume() -> int:
    """At the bell's start: attempts whose end nobody saw are due again. Returns how many."""
    return sum(
        tray.everything()
        .filter(state=NoticeState.SENDING)
        .update(state=NoticeState.QUEUED, due_at=now())
        for tray in TRAYS
    )


def send_one(
    pk: int, *, channels: Mapping[str, Channel], tray: Tray = COMPANIES, firm_id: str = ""
) -> bool:
    """One attempt at one notice, and at what leaves with it; False when somebody else has it. What
    it cost is counted for the firm whose ways these are."""
    begun = _begin(tray, pk)
    if not begun:
        return False
    letters = [notice for notice, _ in begun]
    crash.point("bell:before-send")
    outcome = _hand_over(tray, letters, channels.get(letters[0].channel))
    crash.point("bell:after-send")
    _finish(tray, begun, outcome, firm_id=firm_id)
    return True


@transaction.atomic
def _begin(tray: Tray, pk: int) -> list[tuple[Letter, Try]]:
    """The notice and what leaves with it, claimed, each with its attempt; none when it is gone."""
    first = _claimed(tray, pk)
    if first is None:
        return []
    others = [_claimed(tray, each.pk) for each in beside(first)]
    return [(each, tray.begin_attempt(each)) for each in (first, *others) if each is not None]


def _claimed(tray: Tray, pk: int) -> Letter | None:
    rows = tray.everything()
    claimed = rows.filter(pk=pk, state=NoticeState.QUEUED).update(state=NoticeState.SENDING)
    if not claimed:
        return None
    notice = rows.get(pk=pk)
    notice.attempts += 1
    notice.save(update_fields=["attempts"])
    return notice


def _hand_over(
    tray: Tray, letters: Sequence[Letter], channel: Channel | None
) -> Receipt | ChannelError:
    notice, *others = letters
    if channel is None:
        return ChannelError(f"No {notice.channel} is set up.", advice="Set it up under 送り方.")
    try:
        return channel.send(as_one(_message(tray, notice), others))
    except ChannelError as error:
        return error
    except Exception as error:  # a message nobody can build must not stop the others
        log.exception("%s %s could not be built", tray.name, notice.pk)
        return ChannelError(f"{type(error).__name__}: {error}", permanent=True)


def _message(tray: Tray, notice: Letter) -> Message:
    is_call = tray is COMPANIES and notice.channel == VOICE
    return Message(
        to=notice.to,
        subject=notice.subject,
        body_text=notice.body_text,
        body_html=notice.body_html,
        message_id=notice.message_id,
        text_short=notice.text_short,
        spoken=notice.spoken,
        press_url=press_url(notice.pk) if is_call else "",
        number=getattr(notice, "incident_number", ""),
        phone=configuration().provider_phone,
        organisation_id=tray.owner(notice).get("organisation_id", ""),
        refers_to=tuple(notice.refers_to.split()),
    )


@transaction.atomic
def _finish(
    tray: Tray,
    begun: Sequence[tuple[Letter, Try]],
    outcome: Receipt | ChannelError,
    *,
    firm_id: str,
) -> None:
    """One message went out: it is counted once, and what left with the first bears its Message-ID
    and cost nothing more."""
    (first, attempt), *others = begun
    _end(tray, first, attempt, outcome, firm_id=firm_id)
    if isinstance(outcome, Receipt):
        if firm_id:
            company = tray.owner(first).get("organisation_id")
            count(firm_id, first.channel, outcome, now(), company)
        outcome = replace(outcome, units=0, cost_yen=Decimal(0))
    for notice, attempt in others:
        if isinstance(outcome, Receipt):
            notice.message_id = first.message_id
        _end(tray, notice, attempt, outcome, firm_id=firm_id)


def _end(
    tray: Tray, notice: Letter, attempt: Try, outcome: Receipt | ChannelError, *, firm_id: str
) -> None:
    moment = now()
    attempt.finished_at = moment
    if isinstance(outcome, Receipt):
        attempt.outcome = "sent"
        notice.state, notice.sent_at, notice.last_error = NoticeState.SENT, moment, ""
        notice.provider_id = outcome.provider_id[:200]
        notice.units, notice.cost_yen = outcome.units, outcome.cost_yen
    else:
        attempt.outcome = notice.last_error = str(outcome)[:500]
        _retry_or_give_up(tray, notice, outcome, moment=moment)
        if outcome.refuses_address and tray is COMPANIES and _works(notice.channel, firm_id):
            note_bounce(
                organisation_id=tray.owner(notice)["organisation_id"],
                kind=notice.channel,
                address=notice.to,
                reason=str(outcome),
            )
    attempt.save(update_fields=["finished_at", "outcome"])
    # Only what this attempt decides: a person may have dropped or bounced it meanwhile.
    notice.save(
        update_fields=[
            "state", "sent_at", "last_error", "due_at", "provider_id", "units", "cost_yen",
            "message_id",
        ]
    )  # fmt: skip


def _retry_or_give_up(tray: Tray, notice: Letter, error: ChannelError, *, moment: datetime) -> None:
    if error.permanent or moment - notice.created_at > GIVE_UP_AFTER:
        notice.state = NoticeState.FAILED
        audit.record(
            what=f"notices:{tray.name}:failed",
            user_id=None,
            **tray.owner(notice),
            notice=notice.pk,
        )
        return
    notice.state = NoticeState.QUEUED
    notice.due_at = moment + _pause(notice.attempts, error)


def _works(kind: str, firm_id: str) -> bool:
    """False while nothing ever went out by this way lately: then it is the way that is wrong, and
    switching every contact off would silence the company."""
    if firm_id:
        return has_carried(firm_id, kind, since=now() - _LATELY)
    mails = COMPANIES.everything().filter(channel=kind, state=NoticeState.SENT)
    return mails.filter(sent_at__gte=now() - _LATELY).exists()


def _pause(attempts: int, error: ChannelError) -> timedelta:
    """Our own pause, or what the carrier asked for where that is longer."""
    own = timedelta(seconds=PAUSES_S[min(attempts, len(PAUSES_S)) - 1])
    if error.retry_after_s is None:
        return own
    return max(own, min(timedelta(seconds=error.retry_after_s), _LONGEST_ASKED))
