"""手順書 at work: the question to ask now, and answers that stay as they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.incidents.models import PlaybookAnswer
from hinomi.portal.incidents.opening import locked
from hinomi.respond.playbook import Reply, playbook_for, playbooks

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident
    from hinomi.respond.playbook import Playbook, Question


class NotAsked(HinomiError):
    """That question is not the one to answer now: it was answered, or never asked."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an incident is in its playbook. `question` None: an end was reached."""

    book: Playbook
    question: Question | None
    answers: tuple[PlaybookAnswer, ...]

    @property
    def choices(self) -> tuple[tuple[str, str, str], ...]:
        """Value, word and what follows, for each button."""
        if self.question is None:
            return ()
        return tuple((r.value, r.ja, b.then) for r, b in self.question.branches.items())


def progress(incident: Incident) -> Progress:
    """The playbook of the incident's kind and what was answered, in other playbooks too: an
    incident may have become something else meanwhile."""
    rows = PlaybookAnswer.objects.of(incident.organisation_id).filter(incident=incident)
    answers = tuple(rows.select_related("by").order_by("pk"))
    book = playbook_for(incident.kind)
    return Progress(book, book.present(_given(answers, book)), answers)


@transaction.atomic
def reply(*, incident: Incident, question: str, answer: Reply, user: User) -> PlaybookAnswer:
    """Lock the answer with who and when. The same press twice is one; another raises NotAsked."""
    row = locked(incident.organisation_id, incident.pk)
    present = progress(row)
    same = next((each for each in present.answers if _is(each, present.book, question)), None)
    if same is not None and same.answer == answer:
        return same
    if present.question is None or present.question.id != question:
        raise NotAsked(f"{row.number} is not asked {question!r} now.")
    audit.record(
        what="incidents:incident:playbook",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        question=question,
        answer=answer.value,
    )
    return PlaybookAnswer.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        playbook=present.book.id,
        version=present.book.version,
        question=question,
        asked=present.question.ask,
        answer=answer.value,
        outcome=present.question.branches[answer].then,
        by=user,
    )


def title_of(playbook: str) -> str:
    """What a playbook is called; its id when it is gone."""
    found = playbooks().get(playbook)
    return found.title if found else playbook


def _given(answers: tuple[PlaybookAnswer, ...], book: Playbook) -> dict[str, Reply]:
    return {each.question: Reply(each.answer) for each in answers if each.playbook == book.id}


def _is(answer: PlaybookAnswer, book: Playbook, question: str) -> bool:
    return (answer.playbook, answer.question) == (book.id, question)
