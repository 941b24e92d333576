"""A first call: begun, written down press by press, promised, ended with one press.

One transaction each, with its audit entry; pressed twice, each does its work once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.phone_numbers import phone_key
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.calls.models import FirstCall, UnknownCaller
from hinomi.portal.calls.wording import questions, referral
from hinomi.portal.duties.services import book, drop
from hinomi.portal.escalations.services import reached
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.tickets.desk import take_over_promise
from hinomi.portal.tickets.models import TicketKind, Way
from hinomi.portal.tickets.services import Words, open_ticket
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

ONE_PRESS = timedelta(minutes=2)
# Until when the next call may be promised, in the desk's words.
WITHIN: dict[str, tuple[str, timedelta]] = {
    "hour": ("1時間以内", timedelta(hours=1)),
    "hours": ("4時間以内", timedelta(hours=4)),
    "day": ("24時間以内", timedelta(hours=24)),
}
_ANSWER_MOST, _CALLER_MOST, _NOTE_MOST = 200, 80, 400


class SavedMeanwhile(HinomiError):
    """The call was saved in another window since the page was opened."""


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the fields of the page now. `version` is what the page showed."""

    version: int
    caller: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def begin(*, organisation_id: str, number: str, caller: str, user: User) -> FirstCall:
    """A call with the company. The same person, company and number within two minutes is the same
    call."""
    Organisation.objects.of(organisation_id).select_for_update().get()
    written = one_line(number)[:40]
    running = FirstCall.objects.of(organisation_id).filter(
        taken_by=user, number=written, ended_at=None, began_at__gt=now() - ONE_PRESS
    )
    found = running.order_by("-began_at").first()
    if found is not None:
        return found
    made = FirstCall.objects.create(
        organisation_id=organisation_id,
        number=written,
        caller=one_line(caller)[:_CALLER_MOST],
        taken_by=user,
    )
    _audit("begin", made, user)
    return made


@transaction.atomic
def save(*, call: FirstCall, said: Said, user: User) -> FirstCall:
    """Keep what was said. Raises SavedMeanwhile; an ended call stays as it is."""
    row = _locked(call)
    if row.ended_at is not None:
        return row
    kept = _kept(row, said)
    if (row.caller, row.answers) == kept:
        return row
    if row.version != said.version:
        raise SavedMeanwhile("The call was saved meanwhile.")
    row.caller, row.answers = kept
    row.version += 1
    row.save(update_fields=["caller", "answers", "version"])
    _audit("save", row, user)
    return row


@transaction.atomic
def promise(*, call: FirstCall, within: str, user: User) -> bool:
    """Book the next call: a person and a time to say aloud. False, and no time may be named, when
    nobody has a place. A promise of this call that exists stays as it is."""
    row = _locked(call)
    if row.ended_at is not None or row.booking is not None:
        return row.booking is not None
    moment = now()
    row.booking = book(
        firm_id=answering_firm(row.organisation_id),
        organisation_id=row.organisation_id,
        what=f"電話のつづき {row.caller}",
        between=(moment, moment + WITHIN.get(within, WITHIN["hour"])[1]),
        user_id=user.pk,
    )
    if row.booking is None:
        return False
    row.save(update_fields=["booking"])
    _audit("promise", row, user)
    return True


@transaction.atomic
def take_back(*, call: FirstCall, user: User) -> None:
    """The promise is not needed, or another time is."""
    row = _locked(call)
    if row.ended_at is not None or row.booking is None:
        return
    drop(row.booking, user_id=user.pk)
    row.booking = None
    row.save(update_fields=["booking"])
    _audit("take_back", row, user)


@transaction.atomic
def finish(*, call: FirstCall, incident: Incident | None, user: User) -> FirstCall:
    """One press ends the call: a note on the incident of which they spoke, which is a person's
    answer, or a ticket."""
    row = _locked(call)
    if row.ended_at is not None:
        return row
    if incident is not None:
        who = row.caller or "お客様"
        reached(incident=incident, who=who, said=_in_words(row), user=user)
        row.incident = incident
    else:
        _write_ticket(row, user)
    row.ended_at = now()
    row.save(update_fields=["incident", "ticket", "ended_at"])
    _audit("finish", row, user)
    return row


@transaction.atomic
def note_unknown(*, firm_id: str, number: str, note: str, user: User) -> UnknownCaller:
    """Somebody who is no customer rang; the same note within two minutes is one."""
    written, said = one_line(number)[:40], one_line(note)[:_NOTE_MOST]
    recent = UnknownCaller.objects.of_firm(firm_id).filter(
        number=written, note=said, by=user, at__gt=now() - ONE_PRESS
    )
    if (found := recent.first()) is not None:
        return found
    made = UnknownCaller.objects.of_firm(firm_id).create(
        firm_id=firm_id, number=written, key=phone_key(written)[:40], note=said,
        words_version=referral().version, by=user,
    )  # fmt: skip
    audit.record(what="calls:unknown:note", user_id=user.pk, firm_id=firm_id, note=made.pk)
    return made


def _write_ticket(row: FirstCall, user: User) -> None:
    row.ticket = open_ticket(
        organisation_id=row.organisation_id,
        kind=TicketKind.CALL,
        subject=row.answers.get("seen", "") or "電話の相談",
        words=Words(
            text=_in_words(row), author_name=row.caller, way=Way.PHONE, sent_once=row.pk[-40:]
        ),
        phone=row.number,
        by_user_id=user.pk,
    )
    if row.booking is not None:
        take_over_promise(ticket=row.ticket, booking=row.booking, user=user)


def _in_words(row: FirstCall) -> str:
    lines = [
        f"{each.short}：{row.answers[each.key]}"
        for each in questions().values()
        if row.answers.get(each.key)
    ]
    return "\n".join([f"電話番号：{row.number or '分からない'}", *lines])


def _kept(row: FirstCall, said: Said) -> tuple[str, dict[str, str]]:
    """What the row will hold: known questions only, buttons only with one of their words."""
    answers = dict(row.answers)
    for key, text in said.answers.items():
        question = questions().get(key)
        short = one_line(text)[:_ANSWER_MOST]
        if question is not None and (not question.answers or short in question.answers):
            answers[key] = short
    return one_line(said.caller)[:_CALLER_MOST], {
        key: each for key, each in answers.items() if each
    }


def _locked(call: FirstCall) -> FirstCall:
    rows = FirstCall.objects.of(call.organisation_id).select_for_update(of=("self",))
    return rows.select_related("booking__user", "organisation").get(pk=call.pk)


def _audit(act: str, row: FirstCall, user: User) -> None:
    audit.record(
        what=f"calls:call:{act}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        call=row.pk,
    )
