"""Sigma texts → quick checks of one value: sets, prefixes, suffixes, substrings, else segments.

Observation: 95 % of SigmaHQ's texts are one literal at a start, an end or anywhere; Python's own
`startswith(tuple)` and `in` answer those at C speed. Guard: test_plan.py against the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hinomi.detect.values import Text, Wild

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Check = Callable[[str], bool]
_ANY = Wild.ANY


def simple_form(parts: Sequence[str | Wild]) -> tuple[str, str] | None:
    """(kind, literal) of the simple texts: exact, prefix, suffix, contains; None for the rest."""
    match parts:
        case []:
            return "exact", ""
        case [str(literal)]:
            return "exact", literal
        case [str(literal), Wild.ANY]:
            return "prefix", literal
        case [Wild.ANY, str(literal)]:
            return "suffix", literal
        case [Wild.ANY, str(literal), Wild.ANY]:
            return "contains", literal
        case _:
            return None


def lowered(text: Text) -> tuple[str | Wild, ...]:
    """The parts as they are compared: in lower case unless the rule says `cased`."""
    if text.cased:
        return text.parts
    return tuple(part if isinstance(part, Wild) else part.lower() for part in text.parts)


def any_of(texts: Iterable[Text]) -> list[Check]:
    """Checks of which one must hold, for texts that are compared in the same case."""
    simple: dict[str, list[str]] = {"exact": [], "prefix": [], "suffix": [], "contains": []}
    checks: list[Check] = []
    for text in texts:
        parts = lowered(text)
        form = simple_form(parts)
        if form is not None:
            simple[form[0]].append(form[1])
        elif parts == (_ANY,):
            return [lambda _value: True]
        else:
            checks.append(_segments(parts))
    return [make(tuple(literals)) for kind, make in _MAKERS if (literals := simple[kind])] + checks


def _exact(literals: tuple[str, ...]) -> Check:
    return frozenset(literals).__contains__


def _prefix(literals: tuple[str, ...]) -> Check:
    return lambda value: value.startswith(literals)


def _suffix(literals: tuple[str, ...]) -> Check:
    return lambda value: value.endswith(literals)


def _contains(literals: tuple[str, ...]) -> Check:
    if len(literals) == 1:
        only = literals[0]
        return lambda value: only in value

    def check(value: str) -> bool:
        for literal in literals:  # noqa: SIM110  a generator in any() costs twice as much here
            if literal in value:
                return True
        return False

    return check


_MAKERS = (("exact", _exact), ("prefix", _prefix), ("suffix", _suffix), ("contains", _contains))


def _segments(parts: Sequence[str | Wild]) -> Check:
    """Texts with inner wildcards: between `*`s stand pieces of fixed width, so taking each as
    early as possible is right, and the time stays linear where a backtracking `.*` would not."""
    pieces: list[list[str | Wild]] = [[]]
    for part in parts:
        if part is _ANY:
            pieces.append([])
        else:
            pieces[-1].append(part)
    widths = [sum(1 if part is Wild.ONE else len(str(part)) for part in piece) for piece in pieces]
    patterns = [re.compile("".join(map(_escaped, piece)), re.DOTALL) for piece in pieces]
    first, *middle = patterns
    if not middle:
        return lambda value: first.fullmatch(value) is not None
    *inner, last = middle

    def check(value: str) -> bool:
        if first.match(value) is None:
            return False
        place, end = widths[0], len(value) - widths[-1]
        for pattern in inner:
            found = pattern.search(value, place)
            if found is None:
                return False
            place = found.end()
        return place <= end and last.fullmatch(value, end) is not None

    return check


def _escaped(part: str | Wild) -> str:
    return "." if isinstance(part, Wild) else re.escape(part)
