"""Literals of which one must be in a value before an expression can be found in it.

Only ASCII letters count: "may be" holds for every value beyond ASCII, because case folding there
has exceptions (`ſ` is found by `s`). Guard: test_needles.py against the expressions themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.detect.regex_shape import parse

if TYPE_CHECKING:
    from hinomi.detect.regex import Expression

# How seldom a character stands in paths and command lines, roughly: three letters make a needle,
# and so does one back-tick.
_LETTER, _USUAL, _SELDOM = 0.8, 0.4, 2.0
_USUAL_MARKS = frozenset(" \\/.:-_'\"(),=\t\r\n")
_ENOUGH = 2.0
_MOST = 40

# Python's own parse tree: (name, argument) pairs whose arguments differ by name, hence `object`.
_Tree = Sequence[tuple[object, object]]


@lru_cache(maxsize=10_000)
def needles_of(expression: Expression) -> frozenset[str] | None:
    """In lower case; None when nothing is certain."""
    found = [_of_piece(piece) for piece in expression.pieces]
    return _best([needles for needles in found if needles is not None])


def _of_piece(piece: re.Pattern[str]) -> frozenset[str] | None:
    if piece.flags & re.VERBOSE:
        return None
    return _of_sequence(parse(piece.pattern, piece.flags).data)


def _of_sequence(tree: _Tree) -> frozenset[str] | None:
    """One after the other: each part is a must, so the best one is taken."""
    choices: list[frozenset[str]] = []
    run: list[str] = []
    for name, argument in tree:
        if str(name) == "LITERAL" and isinstance(argument, int) and argument < 128:
            run.append(chr(argument).lower())
            continue
        choices.append(frozenset({"".join(run)}))
        run = []
        inner = _of_part(str(name), argument)
        if inner is not None:
            choices.append(inner)
    choices.append(frozenset({"".join(run)}))
    return _best([one for one in choices if min(map(_rarity, one)) >= _ENOUGH])


def _of_part(name: str, argument: object) -> frozenset[str] | None:
    if name == "SUBPATTERN" and isinstance(argument, tuple):
        return _of_sequence(argument[3])
    if name == "ATOMIC_GROUP" and isinstance(argument, Sequence):
        return _of_sequence(argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and isinstance(argument, tuple):
        least, _, part = argument
        return _of_sequence(part) if least else None
    if name == "BRANCH" and isinstance(argument, tuple):
        return _of_branches(argument[1])
    return None


def _of_branches(branches: Sequence[_Tree]) -> frozenset[str] | None:
    joined: set[str] = set()
    for branch in branches:
        found = _of_sequence(branch)
        if found is None:
            return None
        joined |= found
    return frozenset(joined) if len(joined) <= _MOST else None


def shortest_find(expression: Expression) -> int:
    """How long a value must at least be for the expression to be found in it."""
    widths = [parse(piece.pattern, piece.flags).getwidth()[0] for piece in expression.pieces]
    return int(sum(widths))


def _best(choices: Sequence[frozenset[str]]) -> frozenset[str] | None:
    """Rare and few: each further literal is one more way to be woken."""
    return max(choices, key=lambda one: min(map(_rarity, one)) - len(one) / 4, default=None)


def _rarity(needle: str) -> float:
    return sum(
        _LETTER if letter.isalnum() else _USUAL if letter in _USUAL_MARKS else _SELDOM
        for letter in needle
    )
