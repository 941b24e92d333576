"""The customer texts on file: `texts/<case>.yml`, one per case, versioned data.

A block is a list of sentences. A sentence written as a list is a choice of alternatives: the first
whose slots are all filled is used, none leaves it out. A mapping chooses by a fact: its keys are
values of one row of `DIMENSIONS` (several joined by ", "), or `else`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from hinomi.core.errors import HinomiError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

# JSON-like text data; every leaf is a sentence.
Node = str | list["Node"] | dict[str, "Node"]

DIMENSIONS: Mapping[str, frozenset[str]] = {
    "disposition": frozenset({"stopped", "seen", "let_through", "unknown"}),
    "certainty": frozenset({"confirmed", "strong", "possible", "checking"}),
    "level": frozenset({"now", "today", "check", "none"}),
    "count": frozenset({"one", "many"}),
    "device": frozenset({"named", "unnamed"}),
    "lateness": frozenset({"late", "fresh"}),
    "guard": frozenset({"gate", "computer", "unclear"}),  # where the thing stands that saw it
    "sensor": frozenset(
        {"box", "pc_sensor", "relay", "mail", "cloud", "removed", "unreadable"}
    ),  # what is silent
    "origin": frozenset({"recorded", "reported"}),  # a machine saw it, or a person told us
}
BLOCKS = ("level", "title", "what", "steps", "buttons", "donts", "risk", "done", "next", "sms")
RELEASE_BLOCKS = ("what", "steps")
SLOT_NAMES = frozenset(
    {"device", "time", "since", "day", "count", "guard", "phone", "number", "service_name"}  # ours
    | {
        "user",
        "file",
        "program",
        "threat",
        "site",
        "sender",
        "subject",
        "place",
        "sensor",
        "opens",
        "usual",
        "differs",
    }  # rules'
)
_GENERAL = "general"
_FOLDER = files("hinomi.respond") / "texts"


@dataclass(frozen=True, slots=True)
class CaseText:
    """One file: `version` grows with every change of words, so that a record can name it."""

    case: str
    version: int
    blocks: Mapping[str, Node]
    release: Mapping[str, Node]
    asks_to_unplug: bool = False


@cache
def cases() -> tuple[str, ...]:
    """The ids of all cases that have a text, in alphabetical order."""
    names = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".yml"))
    return tuple(sorted(name.removesuffix(".yml") for name in names if name != f"{_GENERAL}.yml"))


@cache
def case_text(case: str) -> CaseText:
    """The text of a case; a case nobody wrote for gets the words of `other`."""
    known = case if case in cases() else "other"
    body = _read(known)
    return CaseText(
        case=known,
        version=_version(known, body),
        blocks=_part(known, body, BLOCKS),
        release=_part(known, _mapping(known, body.get("release", {})), RELEASE_BLOCKS),
        asks_to_unplug=bool(body.get("asks_to_unplug", False)),
    )


@cache
def general() -> Mapping[str, Node]:
    """Sentences that stand in every text: the closing lines and the usual 済ませたこと."""
    return _read(_GENERAL)


def calm() -> Mapping[str, Node]:
    """Steps, buttons and SMS for 確認だけ where the case's own would unplug a machine."""
    return _mapping(_GENERAL, general()["calm"])


def choose(node: Node | None, facts: Mapping[str, str]) -> Node | None:
    """Follow mappings down by the facts until a sentence or a list of them is reached."""
    while isinstance(node, dict):
        wanted = facts[_dimension(node)]
        fitting = (branch for key, branch in node.items() if wanted in key.split(", "))
        node = next(fitting, node.get("else"))
    return node


def _dimension(node: Mapping[str, Node]) -> str:
    keys = {part for key in node if key != "else" for part in key.split(", ")}
    for name, values in DIMENSIONS.items():
        if keys and keys <= values:
            return name
    raise HinomiError(
        f"A text chooses by {sorted(keys)}, which are not values of one fact.",
        advice=f"Use the values of one of: {', '.join(DIMENSIONS)}.",
    )


def _read(name: str) -> dict[str, Node]:
    entry = _FOLDER / f"{name}.yml"
    return _mapping(name, yaml.safe_load(entry.read_text(encoding="utf-8")))


def _mapping(name: str, value: object) -> dict[str, Node]:
    if isinstance(value, dict):
        return value
    raise HinomiError("A text file is not a mapping.", place=Place(f"texts/{name}.yml"))


def _version(name: str, body: Mapping[str, object]) -> int:
    version = body.get("version")
    if isinstance(version, int):
        return version
    raise HinomiError("A text file has no version.", place=Place(f"texts/{name}.yml"))


def _part(name: str, body: Mapping[str, Node], allowed: tuple[str, ...]) -> dict[str, Node]:
    """The blocks of a file; a misspelt block must not vanish quietly."""
    unknown = sorted(set(body) - set(allowed) - {"version", "release", "asks_to_unplug"})
    if unknown:
        raise HinomiError(
            f"A text file has unknown blocks: {', '.join(unknown)}.",
            place=Place(f"texts/{name}.yml"),
            advice=f"Use {', '.join(allowed)}.",
        )
    return {key: value for key, value in body.items() if key in allowed}
