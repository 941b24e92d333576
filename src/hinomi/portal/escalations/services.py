"""A person answered, by whichever way: the ladder ends there, and who needs a person is promised
one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef

from hinomi.portal.access.time import now
from hinomi.portal.contacts.services import note_answered
from hinomi.portal.escalations.models import CallBack, Escalation, KeyPress, Stopped
from hinomi.portal.escalations.promises import promise
from hinomi.portal.escalations.stopping import stop
from hinomi.portal.incidents.answering import give_answer
from hinomi.portal.incidents.casework import add_note
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.incidents.opening import locked
from hinomi.triage.answers import NEEDS_PERSON

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.notices.models import Notice

_NOT_OLDER = timedelta(days=1)  # an answer of last week was dealt with before there were calls
_NEWEST_LOOKED_AT = 5_000  # a table of years is not searched ten times a second
_WHY_ALL = "the bell hears the answers of every company"


@transaction.atomic
def answered(
    incident: Incident,
    *,
    how: Stopped,
    by: User | None = None,
    who: str = "",
    said: str = "",
    answer: Answer | None = None,
) -> bool:
    """Ends the running round; False when none runs. `who` is the name of one without a sign-in."""
    row = locked(incident.organisation_id, incident.pk)
    running = Escalation.objects.of(row.organisation_id).filter(incident=row, stopped_at=None)
    found = running.select_related("incident").first()
    if found is None:
        return False
    stop(found, how=how, by=by, who=who, said=said, answer=answer)
    return True


@transaction.atomic
def pressed(*, notice: Notice, incident: Incident, choice: str, key: str) -> CallBack | None:
    """A key in our call. The same call answers once; what was promised is said again."""
    row = locked(incident.organisation_id, incident.pk)
    _, is_new = KeyPress.objects.of(row.organisation_id).get_or_create(
        notice=notice, defaults={"organisation_id": row.organisation_id, "key": key}
    )
    return _give(row, notice, choice, how=Stopped.CALL) if is_new else _promised(row)


@transaction.atomic
def tapped(*, notice: Notice, incident: Incident, choice: str) -> CallBack | None:
    """A button on the page of a mail. Raises NotAnAnswer."""
    return _give(incident, notice, choice, how=Stopped.LINK)


@transaction.atomic
def reached(*, incident: Incident, who: str, said: str, user: User) -> None:
    """The desk spoke to somebody of the company: who, and what they said."""
    text = f"電話で{who}さんと話しました：{said}"
    add_note(incident=incident, text=text, for_customer=False, user=user)
    answered(incident, how=Stopped.DESK, by=user, who=who, said=said)


@transaction.atomic
def read_on_paper(
    *, incident: Incident, choice: str, who: str, said: str, user: User
) -> CallBack | None:
    """One of our people read an answer on paper. Raises NotAnAnswer."""
    answer = give_answer(incident=incident, choice=choice, user=None)
    name = f"（{who}さん）" if who else ""
    add_note(incident=incident, text=f"{said}を読みました{name}", for_customer=False, user=user)
    answered(incident, how=Stopped.DESK, by=user, who=who, said=said, answer=answer)
    return promise(answer)[0] if choice in NEEDS_PERSON else None


def heed_answers(*, limit: int = 200) -> int:
    """Answers pressed on pages end their rounds, and are promised a call; returns how many."""
    return _heed_running(limit) + _heed_help(limit)


def _heed_running(limit: int) -> int:
    """Looked at ten times a second: from the oldest running round on, not at all without one."""
    running = Escalation.objects.across_all(reason=_WHY_ALL).filter(stopped_at=None)
    floor = running.aggregate(floor=Min("after_answer"))["floor"]
    if floor is None:
        return 0
    new = Answer.objects.across_all(reason=_WHY_ALL).filter(pk__gt=floor)
    new = new.filter(
        incident__escalations__stopped_at=None,
        incident__escalations__isnull=False,
        pk__gt=F("incident__escalations__after_answer"),
    )
    rows = list(new.select_related("incident__organisation", "by").order_by("pk")[:limit])
    return sum(answered(row.incident, how=Stopped.PAGE, by=row.by, answer=row) for row in rows)


def _heed_help(limit: int) -> int:
    """Whatever the level: who cannot go on hears from a person, never from a text."""
    answers = Answer.objects.across_all(reason=_WHY_ALL)
    newest = answers.order_by("-pk").values_list("pk", flat=True).first() or 0
    waiting = answers.filter(
        ~Exists(CallBack.objects.across_all(reason=_WHY_ALL).filter(answer=OuterRef("pk"))),
        choice__in=NEEDS_PERSON,
        pk__gt=newest - _NEWEST_LOOKED_AT,
        at__gt=now() - _NOT_OLDER,
        incident__closed_at=None,
    )
    rows = list(waiting.select_related("incident__organisation").order_by("pk")[:limit])
    return sum(promise(row)[1] for row in rows)


def _give(incident: Incident, notice: Notice, choice: str, *, how: Stopped) -> CallBack | None:
    answer = give_answer(incident=incident, choice=choice, user=notice.user)
    answered(incident, how=how, by=notice.user, who=notice.whom, answer=answer)
    if notice.contact_id is not None:
        note_answered(notice.contact_id)
    return promise(answer)[0] if choice in NEEDS_PERSON else None


def _promised(incident: Incident) -> CallBack | None:
    rows = CallBack.objects.of(incident.organisation_id).filter(answer__incident=incident)
    return rows.select_related("booking__user").order_by("-pk").first()
