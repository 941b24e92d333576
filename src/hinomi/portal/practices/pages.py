"""P18 訓練: who answered after how long, who did not and what helps, and earlier exercises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from hinomi.business.exercise import LIVES, Advice, Refusal, advice_for, took_s, typical_s
from hinomi.portal.notices.exercises import notices_of
from hinomi.portal.notices.models import NoticeState
from hinomi.portal.practices import exercises
from hinomi.portal.practices.models import Asked, Ending, Exercise, How
from hinomi.portal.practices.texts import exercise_texts
from hinomi.portal.practices.words import kinds_ja, took_ja

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.organisations.models import Organisation

SHOWN = 10
_Who = tuple[int | None, int | None]  # contact, else member
_LOST = (NoticeState.FAILED, NoticeState.BOUNCED)


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One person. `took` is "" without an answer; `advice` is for whoever did not answer."""

    asked: Asked
    ways: str
    how: str
    took: str
    seconds: int | None
    advice: tuple[str, ...]
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """One exercise with its people."""

    exercise: Exercise
    rows: tuple[AskedRow, ...]
    over_at: datetime
    ending: str

    @property
    def answered(self) -> int:
        """How many received it."""
        return sum(row.seconds is not None for row in self.rows)

    @property
    def typical(self) -> str:
        """The middle of the times; "" when nobody answered."""
        middle = typical_s(row.seconds for row in self.rows if row.seconds is not None)
        return "" if middle is None else took_ja(middle)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An exercise in one line."""

    exercise: Exercise
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class ExercisePage:
    """The page of one company. `refused` says why none may begin now; "" when one may."""

    company: Organisation
    shown: ExerciseView | None
    earlier: tuple[Earlier, ...]
    refused: str
    is_running: bool
    is_agreed: bool


def page(company: Organisation, *, number: int, of_firm: bool, user_id: int) -> ExercisePage:
    """The page; `number` chooses an exercise (0, or one of nobody's: the newest)."""
    rows = list(_latest(company.pk)[:SHOWN])
    chosen = _latest(company.pk).filter(pk=number).first() if number else None
    shown = chosen or next(iter(rows), None)
    reason = exercises.refusal(organisation_id=company.pk, of_firm=of_firm)
    return ExercisePage(
        company=company,
        shown=_view(shown, user_id=user_id) if shown else None,
        earlier=_earlier(company.pk, rows),
        refused=exercise_texts()[f"refused.{reason}"] if reason else "",
        is_running=reason is Refusal.RUNNING or any(row.ended_at is None for row in rows),
        is_agreed=exercises.may_our_people_begin(company.pk),
    )


def took_of(asked: Asked) -> str:
    """How long the person took; "" before the answer."""
    if asked.answered_at is None:
        return ""
    sent_at, _ = _sent(asked.exercise).get(_who(asked), (None, frozenset()))
    begun = sent_at or asked.exercise.started_at
    return took_ja(took_s(sent_at=begun, answered_at=asked.answered_at))


def _view(exercise: Exercise, *, user_id: int) -> ExerciseView:
    sent = _sent(exercise)
    rows = list(Asked.objects.of(exercise.organisation_id).filter(exercise=exercise))
    rows.sort(key=lambda row: row.order)
    return ExerciseView(
        exercise=exercise,
        rows=tuple(_row(row, exercise, sent, people=len(rows), user_id=user_id) for row in rows),
        over_at=exercise.started_at + LIVES,
        ending=Ending(exercise.ending).label if exercise.ending else "",
    )


def _row(
    asked: Asked,
    exercise: Exercise,
    sent: Mapping[_Who, tuple[datetime | None, frozenset[str]]],
    *,
    people: int,
    user_id: int,
) -> AskedRow:
    sent_at, lost = sent.get(_who(asked), (None, frozenset()))
    seconds = None
    advice: list[str] = []
    if asked.answered_at is not None:
        begun = sent_at or exercise.started_at
        seconds = took_s(sent_at=begun, answered_at=asked.answered_at)
    else:
        keys = advice_for(used=asked.kinds, lost=lost, quiet=asked.quiet, people=people)
        if exercise.ended_at is None:  # the telephone may still ring
            keys = [key for key in keys if key is not Advice.PHONE]
        advice = [exercise_texts()[f"advice.{key}"] for key in keys]
    return AskedRow(
        asked=asked,
        ways=kinds_ja(asked.kinds),
        how=How(asked.how).label if asked.how else "",
        took="" if seconds is None else took_ja(seconds),
        seconds=seconds,
        advice=tuple(advice),
        is_mine=asked.user_id == user_id,
    )


def _sent(
    exercise: Exercise,
) -> dict[_Who, tuple[datetime | None, frozenset[str]]]:
    """Person → when the first message went out, and by which ways none arrived."""
    rows = notices_of(organisation_id=exercise.organisation_id, exercise_id=exercise.pk)
    first: dict[_Who, datetime] = {}
    lost: dict[_Who, set[str]] = {}
    for row in rows.only("contact_id", "user_id", "channel", "state", "sent_at"):
        who = (row.contact_id, None if row.contact_id else row.user_id)
        lost.setdefault(who, set())
        if row.state in _LOST:
            lost[who].add(row.channel)
        if row.sent_at is not None:
            first[who] = min(row.sent_at, first.get(who, row.sent_at))
    return {who: (first.get(who), frozenset(kinds)) for who, kinds in lost.items()}


def _who(asked: Asked) -> _Who:
    return (asked.contact_id, None if asked.contact_id else asked.user_id)


def _latest(organisation_id: str) -> ScopedQuerySet[Exercise]:
    rows = Exercise.objects.of(organisation_id).select_related("started_by")
    return rows.order_by("-started_at", "-pk")


def _earlier(organisation_id: str, exercises_: list[Exercise]) -> tuple[Earlier, ...]:
    """Each in one line, with one question for all."""
    rows = Asked.objects.of(organisation_id).filter(exercise__in=exercises_)
    counted = rows.values("exercise").annotate(asked=Count("pk"), answered=Count("answered_at"))
    numbers = {each["exercise"]: (each["asked"], each["answered"]) for each in counted.order_by()}
    return tuple(Earlier(each, *numbers.get(each.pk, (0, 0))) for each in exercises_)
