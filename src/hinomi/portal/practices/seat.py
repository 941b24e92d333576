"""練習席 as its pages show it: cases with one's own results, one run, everybody for the manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q

from hinomi.business.rehearsing import LEVELS, Weighs
from hinomi.portal.organisations.levels import LEAST_PEOPLE, levels_of, required
from hinomi.portal.organisations.models import FIRM_ROLES, Membership, Right
from hinomi.portal.practices import playing
from hinomi.portal.practices.library import CALL, Case, cases
from hinomi.portal.practices.run_rows import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.practices.playing import Heard, Next

AREAS = {
    Weighs.ORDER: "聞く順番",
    Weighs.STEP: "手順",
    Weighs.URGENCY: "緊急度",
    Weighs.PROMISE: "約束",
    Weighs.WORDS: "言葉",
}
KINDS = {CALL: "電話"}
LEVEL_WORDS = {
    1: "電話のケースに3つ合格",
    2: "電話のケースすべてと、案件のケース1つに合格",
    3: "すべてのケースに合格",
}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case and how the person stands with it. `best`: the best result so far."""

    case: Case
    kind: str
    is_open: bool
    is_passed: bool
    best: int | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's page."""

    lines: tuple[CaseLine, ...]
    level: int
    until: datetime | None
    following: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """An ended run in one line."""

    run: Run
    title: str


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One mark in words."""

    area: str
    points: int
    most: int
    said: str
    why: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One of the firm's people for the manager."""

    name: str
    role: str
    level: int
    until: datetime | None
    runs: int
    passed: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A right and the level it asks for (0: none). `is_thin`: too few hold that level now."""

    right: str
    label: str
    level: int
    is_thin: bool


def seat(firm_id: str, user_id: int) -> Seat:
    """What there is to play, and where the person stands."""
    rows = Run.objects.of_firm(firm_id).filter(user=user_id)
    done = rows.exclude(ended_at=None).values("case").order_by()
    counted = done.annotate(best=Max("percent"), passed=Count("pk", filter=Q(is_passed=True)))
    best = {each["case"]: (each["best"], each["passed"] > 0) for each in counted}
    running = set(rows.filter(ended_at=None).values_list("case", flat=True))
    level, until = levels_of(firm_id).get(user_id, (0, None))
    return Seat(
        lines=tuple(_line(case, best, is_open=key in running) for key, case in cases().items()),
        level=level,
        until=until,
        following=LEVEL_WORDS.get(level + 1, ""),
    )


def history(firm_id: str, user_id: int) -> ScopedQuerySet[Run]:
    """The person's ended runs, newest first."""
    rows = Run.objects.of_firm(firm_id).filter(user=user_id).exclude(ended_at=None)
    return rows.order_by("-ended_at", "-pk")


def everybody_s(firm_id: str) -> ScopedQuerySet[Run]:
    """All ended runs of the firm, newest first."""
    rows = Run.objects.of_firm(firm_id).exclude(ended_at=None).select_related("user")
    return rows.order_by("-ended_at", "-pk")


def result_lines(rows: Iterable[Run]) -> list[ResultLine]:
    """Ended runs with the titles of their cases."""
    return [ResultLine(run, title_of(run)) for run in rows]


def title_of(run: Run) -> str:
    """The case's title; its key when there is no such case any more."""
    case = cases().get(run.case)
    return case.title if case else run.case


def at_hand(run: Run, case: Case) -> tuple[Next | None, list[Heard]]:
    """The step to answer, and the talk so far."""
    step = playing.following(case, run.answers, seed=run.pk)
    return step, playing.heard(case, run.answers)


def mark_lines(run: Run) -> list[MarkLine]:
    """The result, step by step."""
    return [
        MarkLine(
            area=AREAS[Weighs(mark["weighs"])],
            points=round(mark["points"]),
            most=round(mark["most"]),
            said=mark["said"],
            why=mark["why"],
            is_grave=mark["is_grave"],
        )
        for mark in run.marks
    ]


def people(firm_id: str) -> list[Person]:
    """Everybody who may sit there, whoever has no level first."""
    held = levels_of(firm_id)
    counted = Run.objects.of_firm(firm_id).exclude(ended_at=None).values("user").order_by()
    totals = {
        each["user"]: each
        for each in counted.annotate(
            runs=Count("pk"),
            passed=Count("case", filter=Q(is_passed=True), distinct=True),
            last_at=Max("ended_at"),
        )
    }
    members = Membership.objects.across_all(reason="the people of one firm").filter(
        firm=firm_id, role__in=FIRM_ROLES, user__is_active=True
    )
    found = [_person(row, held, totals) for row in members.select_related("user")]
    return sorted(found, key=lambda each: (each.level, each.name))


def rules(firm_id: str) -> list[Rule]:
    """Each right that may be tied to a level."""
    wanted, held = required(firm_id), [level for level, _ in levels_of(firm_id).values()]
    return [
        Rule(
            right=right.value,
            label=right.label,
            level=wanted.get(right, 0),
            is_thin=right in wanted
            and sum(level >= wanted[right] for level in held) < LEAST_PEOPLE[right],
        )
        for right in Right
    ]


def level_choices() -> list[tuple[int, str]]:
    """What a manager may set."""
    return [(0, "決めない"), *((level, f"レベル{level}から") for level in LEVELS)]


def _line(case: Case, best: Mapping[str, tuple[int, bool]], *, is_open: bool) -> CaseLine:
    percent, is_passed = best.get(case.key, (None, False))
    return CaseLine(case, KINDS.get(case.kind, "案件"), is_open, is_passed, percent)


def _person(
    row: Membership,
    held: Mapping[int, tuple[int, datetime]],
    totals: Mapping[int, Mapping[str, object]],
) -> Person:
    level, until = held.get(row.user_id, (0, None))
    total = totals.get(row.user_id, {})
    last_at = total.get("last_at")
    return Person(
        name=row.user.shown_name,
        role=row.get_role_display(),
        level=level,
        until=until,
        runs=int(str(total.get("runs", 0))),
        passed=int(str(total.get("passed", 0))),
        last_at=last_at if isinstance(last_at, datetime) else None,
    )
