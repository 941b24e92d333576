"""手順書: what to ask, one question at a time, and what each answer leads to. `playbooks/*.yml`.

A question has three answers; each says what follows before it is pressed, and names the next
question or ends. For the people who help; customers never read these.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from hinomi.core.errors import HinomiError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = files("hinomi.respond") / "playbooks"
_FOR_ALL_ELSE = "other"


class Reply(StrEnum):
    """What can be answered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def ja(self) -> str:
        """The word on the button."""
        return _WORDS[self]


_WORDS = {Reply.YES: "はい", Reply.NO: "いいえ", Reply.UNKNOWN: "わからない"}


@dataclass(frozen=True, slots=True)
class Branch:
    """Where an answer leads. `then` is shown before the button is pressed; `next` "" ends."""

    then: str
    next: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question, why it is asked, and its three branches."""

    id: str
    ask: str
    why: str
    branches: Mapping[Reply, Branch]


@dataclass(frozen=True, slots=True)
class Playbook:
    """The questions for a family of incident kinds."""

    id: str
    version: int
    title: str
    kinds: tuple[str, ...]
    start: str
    questions: Mapping[str, Question]

    def present(self, answers: Mapping[str, Reply]) -> Question | None:
        """The question to ask now, given the answers so far; None at an end."""
        at = self.start
        while at in answers:
            at = self.questions[at].branches[answers[at]].next
        return self.questions.get(at)


@cache
def playbooks() -> Mapping[str, Playbook]:
    """All of them, by id. Raises HinomiError with the file when one is broken."""
    names = sorted(entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".yml"))
    return {name.removesuffix(".yml"): _read(name) for name in names}


def playbook_for(kind: str) -> Playbook:
    """The playbook of an incident kind; the general one for a kind nobody wrote for."""
    found = (book for book in playbooks().values() if kind in book.kinds)
    return next(found, playbooks()[_FOR_ALL_ELSE])


def _read(name: str) -> Playbook:
    body = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    try:
        questions = {key: _question(key, each) for key, each in body["questions"].items()}
        book = Playbook(
            id=name.removesuffix(".yml"),
            version=int(body["version"]),
            title=str(body["title"]),
            kinds=tuple(body["kinds"]),
            start=str(body["start"]),
            questions=questions,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken(name, f"it misses or misspells {error}") from error
    _require_ends(name, book)
    return book


def _question(key: str, body: Mapping[str, object]) -> Question:
    return Question(
        id=key,
        ask=str(body["ask"]),
        why=str(body["why"]),
        branches={reply: _branch(body[reply.ja]) for reply in Reply},
    )


def _branch(body: object) -> Branch:
    if not isinstance(body, dict) or not set(body) <= {"then", "next"}:
        raise ValueError("an answer is {then, next}")
    return Branch(then=str(body["then"]), next=str(body.get("next", "")))


def _require_ends(name: str, book: Playbook) -> None:
    """Every way from the start ends, and every question lies on one."""
    seen: set[str] = set()

    def walk(key: str, path: tuple[str, ...]) -> None:
        if key in path or key not in book.questions:
            raise _broken(name, f"{key!r} goes in a circle or is no question")
        seen.add(key)
        for branch in book.questions[key].branches.values():
            if branch.next:
                walk(branch.next, (*path, key))

    walk(book.start, ())
    if lost := sorted(set(book.questions) - seen):
        raise _broken(name, f"nothing leads to {', '.join(lost)}")


def _broken(name: str, why: str) -> HinomiError:
    return HinomiError(f"A playbook is broken: {why}.", place=Place(f"playbooks/{name}"))
