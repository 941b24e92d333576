"""Python's parse tree of a regular expression → what matters for its cost: which characters, what
follows what, what is repeated."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_BACK_REFERENCE = 8  # it may repeat what was found, of any length


class Parsed(Protocol):
    """What Python's own reader of expressions gives."""

    data: Sequence[tuple[object, object]]

    def getwidth(self) -> tuple[int, int]:
        """The fewest and the most characters it can find."""


def parse(source: str, flags: int) -> Parsed:
    """The parse tree: (name, argument) pairs whose arguments differ by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "possible nested set": a future reading, not a fault
        parsed: Parsed = importlib.import_module("re._parser").parse(source, flags)
    return parsed


# Characters are 0…127, and one number each for all
# other letters, blanks, digits and the rest.
_LETTER, _BLANK, _DIGIT, _REST = 128, 129, 130, 131
ALL = frozenset(range(132))


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    characters: frozenset[int]


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other; the empty one stands for anchors."""

    parts: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part, `least` … `most` times."""

    part: Shape
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Aside:
    """A look ahead or behind: read at this place, but nothing is taken."""

    part: Shape


Shape = One | Row | Choice | Repeat | Aside


def first(shape: Shape) -> frozenset[int]:
    """The characters it can begin with."""
    if isinstance(shape, One):
        return shape.characters
    if isinstance(shape, Repeat):
        return first(shape.part)
    if isinstance(shape, Aside):
        return frozenset()
    found: frozenset[int] = frozenset()
    for part in shape.parts:
        found |= first(part)
        if isinstance(shape, Row) and not is_nullable(part):
            break
    return found


def kinds_of(shape: Shape) -> list[int]:
    """One character of each kind that no part of the shape tells from the others of its kind."""
    kinds = [ALL]
    for one in dict.fromkeys(_sets_in(shape)):
        kinds = [part for kind in kinds for part in (kind & one, kind - one) if part]
    return sorted(map(min, kinds))


def _sets_in(shape: Shape) -> Iterator[frozenset[int]]:
    if isinstance(shape, One):
        yield shape.characters
    elif isinstance(shape, (Repeat, Aside)):
        yield from _sets_in(shape.part)
    else:
        for part in shape.parts:
            yield from _sets_in(part)


def is_nullable(shape: Shape) -> bool:
    """Whether it can match nothing at all."""
    if isinstance(shape, One):
        return False
    if isinstance(shape, Aside):
        return True
    if isinstance(shape, Repeat):
        return shape.least == 0 or is_nullable(shape.part)
    check = all if isinstance(shape, Row) else any
    return check(is_nullable(part) for part in shape.parts)


# From here on: Python's own parse tree → the shapes above. The tree is (name, argument) pairs whose
# arguments differ by name, hence `object`.
def shape_of_tree(tree: Sequence[tuple[object, object]]) -> Shape:
    return Row(tuple(_shape(str(name), argument) for name, argument in tree))


def _shape(name: str, argument: object) -> Shape:
    if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return One(_characters(name, argument))
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and isinstance(argument, tuple):
        least, most, part = argument
        return Repeat(shape_of_tree(part), least=int(least), most=int(most))
    if name == "BRANCH" and isinstance(argument, tuple):
        return Choice(tuple(shape_of_tree(part) for part in argument[1]))
    if name == "SUBPATTERN" and isinstance(argument, tuple):
        return shape_of_tree(argument[3])
    if name == "ATOMIC_GROUP" and isinstance(argument, Sequence):
        return shape_of_tree(argument)
    if name in ("ASSERT", "ASSERT_NOT") and isinstance(argument, tuple):
        return Aside(shape_of_tree(argument[1]))
    if name == "GROUPREF_EXISTS" and isinstance(argument, tuple):
        return Choice(tuple(shape_of_tree(part or ()) for part in argument[1:]))
    if name == "GROUPREF":
        return Repeat(One(ALL), least=0, most=_BACK_REFERENCE)
    return Row()


def _characters(name: str, argument: object) -> frozenset[int]:
    """A superset of what matches; letters count in both cases, as flags may ignore case."""
    if name == "LITERAL" and isinstance(argument, int):
        return _both_cases(argument)
    if name == "NOT_LITERAL" and isinstance(argument, int):
        return ALL - _unlettered({argument})
    if name == "CATEGORY":
        return _CATEGORIES.get(str(argument), ALL)
    if name == "RANGE" and isinstance(argument, tuple):
        low, high = argument
        ascii_part = frozenset().union(*map(_both_cases, range(low, min(high, 127) + 1)))
        return ascii_part | (ALL - frozenset(range(128)) if high > 127 else frozenset())
    if name == "IN" and isinstance(argument, Sequence):
        if argument and str(argument[0][0]) == "NEGATE":
            return ALL - _unlettered(code for op, code in argument[1:] if str(op) == "LITERAL")
        return frozenset().union(*(_characters(str(op), part) for op, part in argument))
    return ALL


def _both_cases(code: int) -> frozenset[int]:
    return frozenset(map(_number, {chr(code).lower()[0], chr(code).upper()[0]}))


def _unlettered(codes: Iterable[int]) -> frozenset[int]:
    """Those that surely drop out of a negated set: plain characters without two cases."""
    return frozenset(code for code in codes if code < 128 and not chr(code).isalpha())


def _number(character: str) -> int:
    if ord(character) < 128:
        return ord(character)
    if character.isspace():
        return _BLANK
    if character.isdigit():
        return _DIGIT
    return _LETTER if character.isalnum() else _REST


def _where(pattern: str, *others: int) -> frozenset[int]:
    check = re.compile(pattern)
    return frozenset(code for code in range(128) if check.match(chr(code))) | frozenset(others)


_CATEGORIES = {
    "CATEGORY_DIGIT": _where(r"\d", _DIGIT),
    "CATEGORY_SPACE": _where(r"\s", _BLANK),
    "CATEGORY_WORD": _where(r"\w", _LETTER, _DIGIT),
    "CATEGORY_NOT_DIGIT": _where(r"\D", _LETTER, _BLANK, _REST),
    "CATEGORY_NOT_SPACE": _where(r"\S", _LETTER, _DIGIT, _REST),
    "CATEGORY_NOT_WORD": _where(r"\W", _BLANK, _REST),
}
