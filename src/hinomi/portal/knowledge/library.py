"""The articles on file: `articles/<key>.yml`, versioned data, and the index over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from hinomi.core.errors import HinomiError, Place
from hinomi.portal.knowledge.search import Field, Index

_FOLDER = files("hinomi.portal.knowledge")
_LISTS = ("steps", "donts", "more")
_TITLE, _KEYWORDS, _SHORT, _BODY = 4.0, 4.0, 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Article:
    """One answer in plain words. `version` grows with every change of words."""

    key: str
    version: int
    group: str
    title: str
    short: str
    steps: tuple[str, ...]
    donts: tuple[str, ...]
    more: tuple[str, ...]
    keywords: tuple[str, ...]

    @property
    def plain(self) -> str:
        """The whole answer as lines, for a mail."""
        steps = [f"{number}. {line}" for number, line in enumerate(self.steps, start=1)]
        donts = [f"・{line}" for line in self.donts]
        blocks = (
            [self.title],
            [self.short],
            *([["この順に行ってください。", *steps]] if steps else []),
            *([["しないでください。", *donts]] if donts else []),
            list(self.more),
        )
        return "\n\n".join("\n".join(lines) for lines in blocks if lines)


@cache
def articles() -> dict[str, Article]:
    """Every article by its key, in alphabetical order."""
    names = (entry.name for entry in (_FOLDER / "articles").iterdir())
    keys = sorted(name.removesuffix(".yml") for name in names if name.endswith(".yml"))
    return {key: _article(key) for key in keys}


def groups() -> dict[str, list[Article]]:
    """The articles under their headings, for an empty search."""
    found: dict[str, list[Article]] = {}
    for each in articles().values():
        found.setdefault(each.group, []).append(each)
    return found


def find(question: str, *, most: int = 10) -> list[Article]:
    """The articles that answer a question, best first."""
    return [articles()[hit.key] for hit in _index().find(question)[:most]]


@cache
def _index() -> Index:
    return Index(
        {key: _fields(each) for key, each in articles().items()},
        synonyms=_read("data/synonyms.yml")["groups"],
    )


def _fields(each: Article) -> list[Field]:
    body = "\n".join((*each.steps, *each.donts, *each.more))
    return [
        Field(each.title, _TITLE),
        Field("\n".join(each.keywords), _KEYWORDS),
        Field(each.short, _SHORT),
        Field(body, _BODY),
    ]


def _article(key: str) -> Article:
    body = _read(f"articles/{key}.yml")
    lists = {name: tuple(body.get(name, ())) for name in _LISTS}
    unknown = set(body) - {"version", "group", "title", "short", "keywords", *_LISTS}
    if unknown or not isinstance(body.get("version"), int):
        raise HinomiError(
            f"An article has unknown parts or no version: {sorted(unknown)}.",
            place=Place(f"articles/{key}.yml"),
        )
    return Article(
        key=key,
        version=body["version"],
        group=body["group"],
        title=body["title"],
        short=body["short"],
        keywords=tuple(body["keywords"]),
        **lists,
    )


def _read(name: str) -> dict[str, Any]:
    body = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    if isinstance(body, dict):
        return body
    raise HinomiError("An article is not a mapping.", place=Place(name))
