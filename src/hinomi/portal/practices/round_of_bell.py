"""The bell's look at exercises: keys pressed in our calls, and exercises that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.exercise import LOUD, is_over
from hinomi.portal.access.time import now
from hinomi.portal.duties.night import is_night
from hinomi.portal.notices.exercises import drop_unsent, exercise_of, waiting
from hinomi.portal.notices.models import KeyPress
from hinomi.portal.practices import exercises
from hinomi.portal.practices.models import Asked, Ending, Exercise, How

if TYPE_CHECKING:
    from hinomi.portal.notices.models import Notice

_WHY = "the bell looks after every company's exercise"
_AT_ONCE = 200


def look() -> int:
    """Presses first: they may be what ends an exercise. Returns how many were taken in."""
    rows = KeyPress.objects.across_all(reason=_WHY).filter(handled_at=None)
    pressed = list(rows.select_related("notice").order_by("pk")[:_AT_ONCE])
    taken = sum(_take(each) for each in pressed)
    _end_what_is_over()
    _drop_what_must_not_go_out()
    return taken


@transaction.atomic
def _take(press: KeyPress) -> bool:
    rows = KeyPress.objects.of(press.organisation_id).filter(pk=press.pk, handled_at=None)
    if not rows.update(handled_at=now()):
        return False
    asked = _asked(press.notice)
    return asked is not None and exercises.answer(asked=asked, how=How.CALL, moment=press.at)


def _asked(notice: Notice) -> Asked | None:
    """Whose call it was: the key of the notice names the exercise."""
    rows = Asked.objects.of(notice.organisation_id).filter(exercise=exercise_of(notice.dedupe_key))
    if notice.contact_id is not None:
        return rows.filter(contact_id=notice.contact_id).first()
    return rows.filter(contact_id=None, user=notice.user_id).first()


def _end_what_is_over() -> None:
    """It ends by itself after a day, and at once when something real begins: nobody may take an
    alarm for a part of the exercise."""
    running, moment = exercises.running(), now()
    alarmed = exercises.with_open_alarm() if running else frozenset()
    for each in running:
        if is_over(started_at=each.started_at, now=moment):
            exercises.end(exercise=each, ending=Ending.TIME, user=None)
        elif each.organisation_id in alarmed:
            exercises.end(exercise=each, ending=Ending.REAL, user=None)


def _drop_what_must_not_go_out() -> None:
    """A message that was under way when its exercise ended, and failed, is not tried again; nor is
    a call of the day at night."""
    for (company, exercise_id), kinds in waiting().items():
        found = Exercise.objects.of(company).filter(pk=exercise_id).first()
        if found is None or found.ended_at is not None:
            drop_unsent(organisation_id=company, exercise_id=exercise_id, kinds=exercises.ALL_KINDS)
        elif kinds & LOUD and not found.calls_at_night and is_night(company, now()):
            drop_unsent(organisation_id=company, exercise_id=exercise_id, kinds=LOUD)
