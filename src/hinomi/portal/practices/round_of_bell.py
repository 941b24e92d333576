"""The bell's look at exercises: keys pressed in our calls, and exercises that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.exercise import LIVES, LOUD, is_over
from hinomi.portal.access.time import now
from hinomi.portal.duties.night import is_night
from hinomi.portal.notices.exercises import drop_unsent
from hinomi.portal.notices.models import KeyPress
from hinomi.portal.practices import exercises
from hinomi.portal.practices.models import Asked, Ending, Exercise, How

if TYPE_CHECKING:
    from hinomi.portal.notices.models import Notice

_WHY = "the bell looks after every company's exercise"
_AT_ONCE = 200
_LATE_RETRIES = LIVES + timedelta(hours=1)  # until when a message may still come back to be sent


def look() -> int:
    """Presses first: they may be what ends an exercise. Returns how many were taken in."""
    rows = KeyPress.objects.across_all(reason=_WHY).filter(handled_at=None)
    pressed = list(rows.select_related("notice").order_by("pk")[:_AT_ONCE])
    taken = sum(_take(each) for each in pressed)
    for each in exercises.running():
        _look_after(each)
    _drop_stragglers()
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
    exercise_id = int(notice.dedupe_key.split(":")[2])
    rows = Asked.objects.of(notice.organisation_id).filter(exercise=exercise_id)
    if notice.contact_id is not None:
        return rows.filter(contact_id=notice.contact_id).first()
    return rows.filter(contact_id=None, user=notice.user_id).first()


def _look_after(exercise: Exercise) -> None:
    """It ends by itself after a day, and at once when something real begins: nobody may take an
    alarm for a part of the exercise."""
    company, moment = exercise.organisation_id, now()
    if is_over(started_at=exercise.started_at, now=moment):
        exercises.end(exercise=exercise, ending=Ending.TIME, user=None)
    elif exercises.has_open_alarm(company):
        exercises.end(exercise=exercise, ending=Ending.REAL, user=None)
    elif not exercise.calls_at_night and is_night(company, moment):
        drop_unsent(organisation_id=company, exercise_id=exercise.pk, kinds=LOUD)


def _drop_stragglers() -> None:
    """A message that was under way when its exercise ended, and failed, is not tried again."""
    since = now() - _LATE_RETRIES
    for each in Exercise.objects.across_all(reason=_WHY).filter(ended_at__gt=since):
        drop_unsent(
            organisation_id=each.organisation_id,
            exercise_id=each.pk,
            kinds=exercises.ALL_KINDS,
        )
