"""Letters about no case of their own: a correction, a warning. `announcements/<name>.yml`.

Plain sentences like those of the cases, checked by the same word list, in a shorter layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from hinomi.core.errors import HinomiError, Place
from hinomi.respond.library import general
from hinomi.respond.plain import HEADING
from hinomi.respond.slots import fill, marked, slot

if TYPE_CHECKING:
    from collections.abc import Mapping

CORRECTION, WARNING, FORGERY = "correction", "warning", "forgery"
CLOSURE, AFTER_CLOSURE = "closure", "after_closure"
NAMES = (CORRECTION, WARNING, FORGERY, CLOSURE, AFTER_CLOSURE)
_FOLDER = files("hinomi.respond") / "announcements"
_HEADINGS = (("what", "分かったこと"), ("steps", "してほしいこと"), ("next", "このあと"))
_CLOSING = ("phone", "password")


@dataclass(frozen=True, slots=True)
class Announcement:
    """A finished letter; `word` says in the subject what it is, `version` which words these are."""

    version: int
    word: str
    title: str
    text: str


def announce(
    name: str, *, about: str = "", slots: Mapping[str, str], mark_slots: bool = False
) -> Announcement:
    """The letter. `about` chooses where a block has several; `slots` may come from outside."""
    body = _read(name)
    values = {key: slot(value) for key, value in slots.items()}
    if mark_slots:
        values = {key: marked(value) if value else "" for key, value in values.items()}
    blocks = [
        f"{HEADING}{heading}\n" + "\n".join(lines)
        for key, heading in _HEADINGS
        if (lines := _lines(body[key], about=about, values=values))
    ]
    closing = [line for key in _CLOSING if (line := fill(str(general()[key]), values))]
    word, title = str(body["word"]), str(body["title"])
    text = "\n\n".join([f"〔{word}〕{title}", *blocks, "\n".join(closing)])
    return Announcement(version=int(str(body["version"])), word=word, title=title, text=text)


def _lines(node: object, *, about: str, values: Mapping[str, str]) -> list[str]:
    """Sentences whose slots are all there; a mapping chooses by what the letter is about."""
    chosen = node.get(about, node.get("else")) if isinstance(node, dict) else node
    sentences = chosen if isinstance(chosen, list) else []
    filled = (fill(str(sentence), values) for sentence in sentences)
    return [text for text in filled if text is not None]


@cache
def _read(name: str) -> dict[str, object]:
    body = yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    wanted = {"version", "word", "title", *(key for key, _ in _HEADINGS)}
    if isinstance(body, dict) and set(body) == wanted:
        return body
    raise HinomiError(
        f"An announcement must have exactly {', '.join(sorted(wanted))}.",
        place=Place(f"announcements/{name}.yml"),
    )
