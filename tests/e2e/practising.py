"""An exercise that is over, one that runs, and rehearsal cases at every stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.practices import exercises, letters, runs
from hinomi.portal.practices.library import Case, cases
from hinomi.portal.practices.models import Asked, Ending, Exercise, How

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm, Organisation
    from hinomi.portal.practices.models import Run


@dataclass(frozen=True)
class Practising:
    """What the screens open."""

    link: str
    answered: str
    begun: str
    words: str
    passed: str
    failed: str


def practise(
    firm: Firm, aoba: Organisation, umi: Organisation, *, owner: User, players: tuple[User, User],
    nasty: str,
) -> Practising:  # fmt: skip
    """`umi` has nothing open, so that an exercise may run there."""
    _over(aoba, nasty)
    made = exercises.begin(organisation_id=umi.id, calls_at_night=False, of_firm=False, user=owner)
    link = letters.secret_of(Asked.objects.of(umi.id).get(exercise=made))
    answered = letters.secret_of(Asked.objects.of(aoba.id).get(order=1))
    analyst, manager = players
    return Practising(
        link=link,
        answered=answered,
        begun=_play(firm, analyst, cases()["ransom_note"], answers=3).pk,
        words=_play(firm, manager, cases()["lost_pc"], answers=8).pk,
        passed=_play(firm, manager, cases()["triage_c2"]).pk,
        failed=_play(firm, analyst, cases()["fake_support"], is_wrong=True).pk,
    )


def _over(company: Organisation, nasty: str) -> None:
    begun = now() - timedelta(days=3)
    made = Exercise.objects.create(
        organisation=company,
        started_at=begun,
        ended_at=begun + timedelta(days=1),
        ending=Ending.TIME,
    )
    people = (
        ("葵", ["voice", "mail"], 130),
        ("悠", ["mail"], None),
        (nasty, ["voice", "mail"], None),
    )
    for order, (name, kinds, seconds) in enumerate(people, start=1):
        Asked.objects.create(
            organisation=company,
            exercise=made,
            order=order,
            name=name,
            kinds=kinds,
            answered_at=begun + timedelta(seconds=seconds) if seconds else None,
            how=How.LINK if seconds else "",
        )


def _play(firm: Firm, user: User, case: Case, *, answers: int = 99, is_wrong: bool = False) -> Run:
    made = runs.begin(firm_id=firm.id, case=case, user=user)
    given: list[str] = []
    for step in case.steps:
        if step.right:
            given += reversed(step.right) if is_wrong else step.right
        elif step.wanted:
            given.append("「総務1番」が攻撃者のサーバーと通信しました。こちらで切り離しました。")
        else:
            worth = (lambda each: -each.points) if is_wrong else (lambda each: each.points)
            given.append(max(step.choices, key=worth).key)
    for at, said in enumerate(given[:answers]):
        runs.answer(run=made, at=at, said=said)
    return made
