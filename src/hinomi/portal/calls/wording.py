"""The five questions, the fixed referral and the words of a missed call, from data files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FOLDER = files("hinomi.portal.calls") / "data"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Without `answers` a few words are written."""

    key: str
    ask: str
    short: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a caller who is no customer may ask; `source` says where the number was
    read, `as_of` how old that is."""

    name: str
    phone: str
    text: str
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Referral:
    """What is said to a caller whom nobody knows."""

    version: int
    words: tuple[str, ...]
    desks: tuple[Desk, ...]


@dataclass(frozen=True, slots=True)
class MissedWords:
    """What stands in the ticket of a missed call, with `{time}`."""

    subject: str
    first: str
    again: str


@cache
def questions() -> dict[str, Question]:
    """By key, in the order of asking."""
    listed = _read("questions.yml")["questions"]
    return {
        key: Question(key, body["ask"], body["short"], tuple(body.get("answers", ())))
        for key, body in listed.items()
    }


@cache
def referral() -> Referral:
    """The words in use."""
    body = _read("referral.yml")
    desks = tuple(
        Desk(**{name: str(value) for name, value in desk.items()}) for desk in body["desks"]
    )
    return Referral(body["version"], tuple(body["words"]), desks)


@cache
def missed_words() -> MissedWords:
    """The words in use."""
    body = _read("missed.yml")
    return MissedWords(body["subject"], body["first"], body["again"])


def _read(name: str) -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return body
