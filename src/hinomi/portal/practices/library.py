"""The rehearsal cases, read from `cases/<name>.yml` and checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from hinomi.business.rehearsing import Weighs
from hinomi.core.errors import HinomiError, Place

MOST = 10.0  # what a step is worth
CALL, INCIDENT = "call", "incident"
_FOLDER = files("hinomi.portal.practices") / "cases"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of a step. `reply` is what is heard after it (of questions only)."""

    key: str
    text: str
    points: float = 0.0
    why: str = ""
    is_grave: bool = False
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that the free words must name, in one of these spellings."""

    any_of: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One step. With `right` all choices are made, and their order counts; with `wanted` a few
    sentences are written; else one choice is made."""

    weighs: Weighs
    says: str
    ask: str
    why: str
    choices: tuple[Choice, ...] = ()
    right: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()

    @property
    def answers(self) -> int:
        """How many answers it takes."""
        return len(self.right) or 1


@dataclass(frozen=True, slots=True)
class Case:
    """One made-up call or incident."""

    key: str
    version: int
    kind: str
    title: str
    about: str
    steps: tuple[CaseStep, ...]

    @property
    def answers(self) -> int:
        """How many answers the whole case takes."""
        return sum(step.answers for step in self.steps)


@cache
def cases() -> dict[str, Case]:
    """By key, calls first."""
    names = sorted(each.name for each in _FOLDER.iterdir() if each.name.endswith(".yml"))
    read = [_case(name.removesuffix(".yml"), name) for name in names]
    return {case.key: case for case in sorted(read, key=lambda case: (case.kind, case.key))}


def keys_of(kind: str) -> tuple[str, ...]:
    """The cases of one kind."""
    return tuple(key for key, case in cases().items() if case.kind == kind)


def _case(key: str, name: str) -> Case:
    body = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    try:
        made = Case(
            key=key,
            version=int(body["version"]),
            kind=str(body["kind"]),
            title=str(body["title"]),
            about=str(body["about"]),
            steps=tuple(_step(each) for each in body["steps"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HinomiError(
            f"A rehearsal case lacks something: {error}.", place=Place(f"cases/{name}")
        ) from error
    if made.kind not in (CALL, INCIDENT) or {step.weighs for step in made.steps} != set(Weighs):
        raise HinomiError(
            "A case is a call or an incident, and judges every area.", place=Place(f"cases/{name}")
        )
    return made


def _step(body: dict[str, Any]) -> CaseStep:
    weighs = Weighs(body["weighs"])
    right = tuple(str(each) for each in body.get("order", ()))
    wanted = tuple(
        Wanted(tuple(map(str, each["any"])), each["why"]) for each in body.get("must", ())
    )
    choices = tuple(_items(body)) if right else tuple(_choices(body.get("choices", ())))
    if set(right) != {each.key for each in choices if right}:
        raise ValueError("the order names other questions than there are")
    if bool(choices) == bool(wanted):
        raise ValueError("a step has either choices or wanted words")
    return CaseStep(weighs, body["says"], body["ask"], body.get("why", ""), choices, right, wanted)


def _items(body: dict[str, Any]) -> list[Choice]:
    return [
        Choice(key=key, text=item["ask"], reply=item["answer"])
        for key, item in body["items"].items()
    ]


def _choices(listed: list[dict[str, Any]]) -> list[Choice]:
    return [
        Choice(
            key=str(at),
            text=each["text"],
            points=float(each["points"]),
            why=each["why"],
            is_grave=bool(each.get("grave")),
        )
        for at, each in enumerate(listed)
    ]
