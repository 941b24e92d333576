"""What coverage is told of the world: names of techniques and the scheme's stories, on file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

UNNAMED_TACTIC = "other"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in English and in Japanese; of a technique also the tactics it serves."""

    english: str
    japanese: str
    tactics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One thing the service met or must see, and the cases that speak of it."""

    id: str
    japanese: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """`watched` are cases that come from what is missing or new, not from a rule."""

    attack: str
    tactics: Mapping[str, Name]
    techniques: Mapping[str, Name]
    stories: tuple[Story, ...]
    watched: frozenset[str]


@cache
def read_facts() -> Facts:
    """The shipped files, read once."""
    attack, scheme = _document("attack.yml"), _document("scheme.yml")
    techniques = {
        key: Name(english, japanese, tuple(tactics.split("+")))
        for key, (tactics, english, japanese) in attack["techniques"].items()
    }
    return Facts(
        attack=attack["attack"],
        tactics={key: Name(*names) for key, names in attack["tactics"].items()},
        techniques=techniques,
        stories=tuple(
            Story(story["id"], story["ja"], tuple(story["cases"])) for story in scheme["stories"]
        ),
        watched=frozenset(scheme["watch"]),
    )


def _document(name: str) -> dict[str, Any]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
