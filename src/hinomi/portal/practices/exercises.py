"""訓練: begin, answer, end. Nothing of it touches an incident, an alarm or a ladder."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from hinomi.business import exercise as rules
from hinomi.business.exercise import Before, Refusal
from hinomi.business.reaching import KINDS
from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.contacts.reaches import Involved, Reach, reaches
from hinomi.portal.duties.night import is_night
from hinomi.portal.incidents.models import CLOSED_STATES, Incident
from hinomi.portal.incidents.reaching import recipient, usable
from hinomi.portal.notices.exercises import drop_unsent
from hinomi.portal.notices.models import LastExercise
from hinomi.portal.notices.services import queue_for
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.practices.letters import letter_to
from hinomi.portal.practices.models import Asked, Ending, Exercise, ExerciseAgreement, How

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User

ALL_KINDS = frozenset(KINDS)
_WHY = "the bell looks after every company's exercise"
_ALARMING = Q(level=ActionLevel.NOW, merged_into=None) & ~Q(state__in=CLOSED_STATES)


class Refused(HinomiError):
    """It may not begin. `reason` is a key of the texts."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"The exercise was refused: {reason}.")
        self.reason = reason


def may_our_people_begin(organisation_id: str) -> bool:
    """Whether the company said yes to exercises that the firm's people begin."""
    return _agreements(organisation_id).exists()


@transaction.atomic
def agree(*, organisation_id: str, user: User) -> None:
    """The owner's yes. Twice is once."""
    _hold(organisation_id)
    if not _agreements(organisation_id).exists():
        ExerciseAgreement.objects.create(organisation_id=organisation_id, agreed_by=user)
        _audit("agree", organisation_id, user)


@transaction.atomic
def disagree(*, organisation_id: str, user: User) -> None:
    """The owner takes the yes back; what runs goes on."""
    if _agreements(organisation_id).update(ended_at=now()):
        _audit("disagree", organisation_id, user)


def refusal(*, organisation_id: str, of_firm: bool) -> Refusal | None:
    """Why no exercise may begin now; `of_firm`: for people of the firm, not the company's own."""
    return rules.refusal(_before(organisation_id, of_firm=of_firm, people=_people(organisation_id)))


@transaction.atomic
def begin(*, organisation_id: str, calls_at_night: bool, of_firm: bool, user: User) -> Exercise:
    """Tell everybody who can be reached now. Of two who press one begins. Raises Refused."""
    company = _hold(organisation_id)
    people = _people(organisation_id)
    reason = rules.refusal(_before(organisation_id, of_firm=of_firm, people=people))
    if reason is not None:
        raise Refused(reason)
    made = Exercise.objects.create(
        organisation_id=organisation_id, started_by=user, calls_at_night=calls_at_night
    )
    is_quiet = not calls_at_night and is_night(organisation_id, made.started_at)
    for order, reached in enumerate(people, start=1):
        _ask(made, company, reached, order=order, is_quiet=is_quiet)
    _tell_home(made)
    _audit("start", organisation_id, user, exercise=made.pk)
    return made


@transaction.atomic
def answer(*, asked: Asked, how: How, moment: datetime, user: User | None = None) -> bool:
    """The person received it; False when that was known, or the exercise is over. The last one
    ends it."""
    found = _open(asked.organisation_id).filter(pk=asked.exercise_id).select_for_update().first()
    if found is None or rules.is_over(started_at=found.started_at, now=moment):
        return False
    rows = Asked.objects.of(asked.organisation_id).filter(pk=asked.pk, answered_at=None)
    if not rows.update(answered_at=moment, how=how, noted_by=user):
        return False
    _audit("answer", asked.organisation_id, user, exercise=found.pk)
    if not Asked.objects.of(asked.organisation_id).filter(exercise=found, answered_at=None):
        end(exercise=found, ending=Ending.ALL, user=None)
    _tell_home(found)
    return True


@transaction.atomic
def end(*, exercise: Exercise, ending: Ending, user: User | None) -> bool:
    """Nothing more goes out, and no answer counts; False when it was over."""
    company = exercise.organisation_id
    rows = _open(company).filter(pk=exercise.pk)
    if not rows.update(ended_at=now(), ended_by=user, ending=ending):
        return False
    drop_unsent(organisation_id=company, exercise_id=exercise.pk, kinds=ALL_KINDS)
    exercise.refresh_from_db()
    _tell_home(exercise)
    _audit("end", company, user, exercise=exercise.pk)
    return True


def has_open_alarm(organisation_id: str) -> bool:
    """Whether something real of level 今すぐ is not over."""
    return Incident.objects.of(organisation_id).filter(_ALARMING).exists()


def with_open_alarm() -> frozenset[str]:
    """The companies that train while something real of level 今すぐ is not over."""
    training = Exercise.objects.across_all(reason=_WHY).filter(ended_at=None)
    rows = Incident.objects.across_all(reason=_WHY).filter(_ALARMING)
    found = rows.filter(organisation__in=training.values("organisation")).order_by()
    return frozenset(found.values_list("organisation_id", flat=True).distinct())


def running() -> list[Exercise]:
    """Every company's, for the bell."""
    return list(Exercise.objects.across_all(reason=_WHY).filter(ended_at=None).order_by("pk"))


def _hold(organisation_id: str) -> Organisation:
    """Beginning is one at a time for a company."""
    return Organisation.objects.of(organisation_id).select_for_update().get()


def _before(organisation_id: str, *, of_firm: bool, people: list[list[Reach]]) -> Before:
    since = now() - timedelta(days=1)
    rows = Exercise.objects.of(organisation_id)
    return Before(
        may_begin=not of_firm or may_our_people_begin(organisation_id),
        has_open_alarm=has_open_alarm(organisation_id),
        is_running=rows.filter(ended_at=None).exists(),
        begun_within_a_day=rows.filter(started_at__gt=since).count(),
        reachable=len(people),
    )


def _people(organisation_id: str) -> list[list[Reach]]:
    """The company's own contacts as an alarm would reach them now, person by person."""
    found = reaches(organisation_id, level=ActionLevel.NOW, moment=now(), involved=Involved())
    ordered = sorted(found, key=lambda reach: reach.order)
    return [list(each) for _, each in groupby(ordered, key=lambda reach: reach.order)]


def _ask(
    exercise: Exercise, company: Organisation, reached: list[Reach], *, order: int, is_quiet: bool
) -> None:
    may_use = usable(company.pk, ActionLevel.TODAY)  # an exercise never goes over the quota
    fitting = [each for each in reached if each.kind not in rules.TOO_SLOW and may_use(each.kind)]
    quiet = [each.kind for each in fitting if is_quiet and each.kind in rules.LOUD]
    used = [each for each in fitting if each.kind not in quiet]
    asked = Asked.objects.create(
        organisation_id=company.pk,
        exercise=exercise,
        contact_id=reached[0].contact_id,
        user_id=reached[0].user_id,
        name=reached[0].name,
        order=order,
        kinds=_once(each.kind for each in used),
        quiet=_once(iter(quiet)),
    )
    for each in used:
        letter = letter_to(asked, company=company, kind=each.kind)
        queue_for(organisation_id=company.pk, letter=letter, recipients=[recipient(each)])


def _once(kinds: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(kinds))


def _tell_home(exercise: Exercise) -> None:
    """The line on the company's home page."""
    rows = Asked.objects.of(exercise.organisation_id).filter(exercise=exercise)
    LastExercise.objects.of(exercise.organisation_id).update_or_create(
        organisation_id=exercise.organisation_id,
        defaults={
            "at": exercise.started_at,
            "asked": rows.count(),
            "answered": rows.exclude(answered_at=None).count(),
            "is_over": exercise.ended_at is not None,
        },
    )


def _open(organisation_id: str) -> ScopedQuerySet[Exercise]:
    return Exercise.objects.of(organisation_id).filter(ended_at=None)


def _agreements(organisation_id: str) -> ScopedQuerySet[ExerciseAgreement]:
    return ExerciseAgreement.objects.of(organisation_id).filter(ended_at=None)


def _audit(act: str, organisation_id: str, user: User | None, *, exercise: int = 0) -> None:
    audit.record(
        what=f"practices:exercise:{act}",
        user_id=user.pk if user else None,
        organisation_id=organisation_id,
        exercise=exercise,
    )
