"""練習席: begin a case, answer, get marked. No company, incident or message is ever touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from hinomi.business.rehearsing import levels, result
from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.organisations.levels import note_earned
from hinomi.portal.practices import playing
from hinomi.portal.practices.library import CALL, INCIDENT, Case, cases, keys_of
from hinomi.portal.practices.run_rows import Run

if TYPE_CHECKING:
    from hinomi.business.rehearsing import Mark
    from hinomi.portal.accounts.models import User


class CaseChanged(HinomiError):
    """The case has a new version since the run began; its answers no longer fit."""


@transaction.atomic
def begin(*, firm_id: str, case: Case, user: User) -> Run:
    """The person's open run of the case; a new one where there is none, or the case changed."""
    rows = Run.objects.of_firm(firm_id).filter(user=user, case=case.key, ended_at=None)
    rows.exclude(version=case.version).delete()
    made, _ = rows.get_or_create(
        firm_id=firm_id, user=user, case=case.key, ended_at=None, defaults={"version": case.version}
    )
    return made


@transaction.atomic
def answer(*, run: Run, at: int, said: str) -> bool:
    """One more answer. `at` is how many the page knew: a double click, or a button that is not
    there, changes nothing and is False. The last one ends the run. Raises CaseChanged."""
    row = Run.objects.of_firm(run.firm_id).select_for_update().get(pk=run.pk)
    case = case_of(row)
    if row.ended_at is not None or len(row.answers) != at:
        return False
    said = playing.clean(said)
    if not playing.accepts(case, row.answers, said):
        return False
    row.answers = [*row.answers, said]
    if len(row.answers) == case.answers:
        _finish(row, playing.marks(case, row.answers))
    row.save()
    if row.ended_at is not None:
        _note_level(row)
    return True


def case_of(run: Run) -> Case:
    """The case as it was when the run began. Raises CaseChanged."""
    case = cases().get(run.case)
    if case is None or case.version != run.version:
        raise CaseChanged(f"The case {run.case} has changed since the run began.")
    return case


def _finish(row: Run, marks: list[Mark]) -> None:
    found = result(marks)
    row.ended_at = now()
    row.percent, row.is_grave, row.is_passed = found.percent, found.is_grave, found.passed
    row.marks = [
        {
            "weighs": mark.weighs.value,
            "points": mark.points,
            "most": mark.most,
            "said": mark.said,
            "why": mark.why,
            "is_grave": mark.is_grave,
        }
        for mark in marks
    ]


def _note_level(row: Run) -> None:
    rows = Run.objects.of_firm(row.firm_id).filter(user=row.user_id, is_passed=True)
    passed = rows.values_list("case").annotate(at=Max("ended_at")).order_by()
    until = levels(dict(passed), calls=keys_of(CALL), incidents=keys_of(INCIDENT))
    note_earned(
        firm_id=row.firm_id,
        user_id=row.user_id,
        until={level: moment for level, moment in until.items() if moment > now()},
    )
    audit.record(what="practices:run:finish", user_id=row.user_id, firm_id=row.firm_id, run=row.pk)
