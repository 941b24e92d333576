"""A person points at a part of a line and says what it is: the line's template follows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.normalise.learn.sentences import tokens_of
from hinomi.normalise.learned.slots import ANCHORED, type_of
from hinomi.normalise.learned.template import escaped, read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[str, int, int]


class NothingChosen(UsageError):
    """No part of the line was chosen."""


class PartsTouch(UsageError):
    """Two parts without fixed text between them could not be told apart."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line that can be chosen; `name` is the slot it lies in, "" for fixed text."""

    start: int
    end: int
    text: str
    name: str = ""


def pieces_of(body: str, template: str) -> list[Piece]:
    """The line cut into small parts that together are the line; blanks by themselves."""
    spans = spans_of(body, template)
    cuts = {0, len(body)} | {at for _, start, end in spans for at in (start, end)}
    place = 0
    for token in tokens_of(body):
        cuts.add(place)
        place += len(token.text)
        cuts.add(place)
    edges = sorted(cut for cut in cuts if 0 <= cut <= len(body))
    return [
        Piece(start, end, body[start:end], _name_at(spans, start)) for start, end in pairwise(edges)
    ]


def spans_of(body: str, template: str) -> list[Span]:
    """Where the template's slots stand in the line; none when it does not fit."""
    return (read_template(template).spans(body) or []) if template else []


def with_part(body: str, template: str, *, pieces: Sequence[Piece], name: str) -> str:
    """The template with all from the first to the last chosen piece as one slot of this name.

    Raises NothingChosen or PartsTouch.
    """
    chosen = [piece for piece in pieces if piece.text.strip()]
    if not chosen:
        raise NothingChosen("Nothing was chosen.", advice="Choose the first and the last part.")
    start, end = min(each.start for each in chosen), max(each.end for each in chosen)
    kept = [
        span
        for span in spans_of(body, template)
        if (span[2] <= start or span[1] >= end) and span[0] != name
    ]
    return written(body, [*kept, (name, start, end)])


def without_part(body: str, template: str, *, name: str) -> str:
    """The template with this slot's text fixed again."""
    return written(body, [span for span in spans_of(body, template) if span[0] != name])


def written(body: str, spans: Iterable[Span]) -> str:
    """The template that has slots at these places of the line. Raises PartsTouch."""
    made, place = "", 0
    for name, start, end in sorted(spans, key=lambda span: span[1]):
        if made and start == place:
            raise PartsTouch(
                "Two parts touch; fixed text must stand between them.",
                advice="Choose both together as one part.",
            )
        made += escaped(body[place:start]) + f"{{{name}:{_type(body[start:end])}}}"
        place = end
    return made + escaped(body[place:])


def _type(value: str) -> str:
    """What a person pointed at may be longer next time: only what ends by itself is narrow."""
    kind = type_of(value)
    return kind if kind in ANCHORED and kind != "number" else "text"


def _name_at(spans: Iterable[Span], place: int) -> str:
    return next((name for name, start, end in spans if start <= place < end), "")
