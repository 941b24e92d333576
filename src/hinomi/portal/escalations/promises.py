"""できない・わからない: a call by a person, promised only where a duty slot was booked for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.duties.queries import missed, on_duty
from hinomi.portal.duties.services import book, note_missed
from hinomi.portal.escalations.models import CallBack
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.opening import add_action, add_fact, locked
from hinomi.portal.notices.chiefs import MAIL, Told, Word, by_mail, chiefs, tell
from hinomi.respond.moments import moment_ja

if TYPE_CHECKING:
    from hinomi.portal.duties.models import Booking
    from hinomi.portal.incidents.models import Answer, Incident

_WITHIN = timedelta(hours=1)


@transaction.atomic
def promise(answer: Answer) -> tuple[CallBack, bool]:
    """The call for this answer, and whether it is new. Whoever has to call is told at once."""
    incident = locked(answer.organisation_id, answer.incident_id)
    found = CallBack.objects.of(answer.organisation_id).filter(answer=answer)
    known = found.select_related("booking__user").first()
    if known is not None:
        return known, False
    firm_id, moment = answering_firm(incident.organisation_id), now()
    booking = (
        book(
            firm_id=firm_id,
            organisation_id=incident.organisation_id,
            what=f"{incident.number}：できない・わからない",
            between=(moment, moment + _WITHIN),
        )
        if firm_id
        else None
    )
    made = CallBack.objects.create(
        organisation_id=answer.organisation_id, answer=answer, booking=booking
    )
    if booking is not None:
        told = f"{when(booking, incident)}までに、{booking.user.shown_name}が電話します。"
        add_fact(incident, told)
    else:
        add_action(incident, "電話の約束を入れられる当番がいません。手の空いた人が電話してください")
    if firm_id:
        _tell_caller(firm_id, incident, made)
    return made, True


def when(booking: Booking, incident: Incident) -> str:
    """The promised time in the company's words."""
    zone = incident.organisation.timezone
    return moment_ja(booking.promised_at, now=now(), timezone=zone)


def tell_missed() -> int:
    """A promise whose time passed: the chief learns it, once; returns how many."""
    moment = now()
    return sum(_tell_missed(booking) for booking in missed(moment))


@transaction.atomic
def _tell_missed(booking: Booking) -> bool:
    if not note_missed(booking, now()):
        return False
    word = Word(
        reason=f"missed:{booking.pk}",
        title="約束の電話が済んでいません",
        lines=("約束した時刻を過ぎました。", f"電話するはずだった人：{booking.user.shown_name}"),
        path=reverse("escalations"),
        level=ActionLevel.NOW.value,
    )
    tell(booking.firm_id, word, people=chiefs(booking.firm_id))
    return True


def _tell_caller(firm_id: str, incident: Incident, made: CallBack) -> None:
    booking = made.booking
    if booking is not None:
        people = [Told(MAIL, booking.user.email, booking.user.shown_name)]
        line = f"{when(booking, incident)}までに電話すると、お客様に約束しました。"
    else:
        duty = on_duty(firm_id, now())
        people = by_mail(firm_id, [duty.first, duty.chief])
        line = "時刻の約束はしていません。手の空いた人が、すぐ電話してください。"
    word = Word(
        reason=f"help:{made.answer_id}",
        title=f"{incident.number}：お客様が電話を待っています",
        lines=("「できない・わからない」が押されました。", line),
        path=reverse("case", args=[incident.number]),
        level=ActionLevel.NOW.value,
    )
    tell(firm_id, word, people=people)
