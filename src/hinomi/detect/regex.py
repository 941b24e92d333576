"""Regular expressions of rules: compiled, or refused when a crafted log line could make them hang.

Python's engine backtracks and knows no time limit, and log lines are written by attackers. So
(1) a loop whose body can match the same text in two ways (`(a+)+`, `(.|x)*`) is refused: it takes
exponential time, and so are loops that share characters in too many ways (`a*a*a*b`); (2)
`A.*B.*C` is looked for piece by piece, each as early as possible, which is linear where
backtracking takes the length to the power of the gaps; (3) only the first REGEX_REACH characters
are looked at, fewer where the time grows faster than with the square of the length. `(2)` gives
what the engine gives, unless a piece of varying width ends later where it begins earlier;
tests/unit/detect/test_regex.py compares the two.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hinomi.core.errors import RuleRefused

REGEX_REACH = 32_768
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_REACH_OF_GROUPS = 8_192  # loops over more than single characters: slower by a constant
_REACH_OF_CUBES = 1_024  # a second of trying, as for the others at their reach
_MOST_POWERS = 3
_LONGEST = 4_096
_ONE_LOOP = "Let one loop read each stretch of text, a+ for (a+)+, or use contains|all."
_ENDLESS = 100  # a loop that ends earlier only makes it slower by a constant
_LOOPS = 8  # a body repeated more often than this counts as a loop

# Other engines know it; Python would silently read the letters between the colons.
_POSIX_CLASS = re.compile(r"\[:\^?[a-z]+:\](?=[^\[]*\])")

# `(?:.*X)+` finds exactly what `.*X` finds, as `.*` swallows the earlier rounds. SigmaHQ writes it.
_SWALLOWED = re.compile(r"\(\?:(\.\*(?:\\[^A-Za-z0-9]|[^\\()\[\]{}|*+?^$.\n]))\)(?:\+|\{1,\})")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: pieces that follow each other with any gap between.

    A gap stays within one line unless `crosses_lines`. One piece is the usual case.
    """

    pieces: tuple[re.Pattern[str], ...]
    crosses_lines: bool = False
    reach: int = REGEX_REACH

    def is_in(self, value: str) -> bool:
        """Whether it is found anywhere in the first `reach` characters."""
        text = value[: self.reach]
        first, *more = self.pieces
        if not more:
            return first.search(text) is not None
        if not all(piece.search(text) for piece in self.pieces):
            return False
        heads = [0] if self.crosses_lines else [0, *(m.end() for m in _LINE_BREAK.finditer(text))]
        for piece in self.pieces:
            heads = self._advance(piece, heads, text)
        return bool(heads)

    def _advance(self, piece: re.Pattern[str], heads: Sequence[int], text: str) -> list[int]:
        """Where the piece can end first in each line, begun in the line of a head, after it."""
        ends: dict[int, int] = {}
        found = None
        for head in heads:  # ascending, and each match is looked for once: linear in all
            if found is None or found.start() < head:
                found = piece.search(text, head)
            reach = text.find("\n", head)
            while found is not None and (found.start() <= reach or reach < 0 or self.crosses_lines):
                line = 0 if self.crosses_lines else text.rfind("\n", 0, found.end())
                ends[line] = min(found.end(), ends.get(line, found.end()))
                after = max(found.end(), found.start() + 1)
                found = piece.search(text, after) if after <= len(text) else None
            if found is None:
                break
        return sorted(ends.values())


def compile_regex(source: str, *, flags: re.RegexFlag) -> Expression:
    """The compiled expression. Raises RuleRefused with a sentence, without a place."""
    if len(source) > _LONGEST:
        raise RuleRefused(f"the regular expression is longer than {_LONGEST:,} characters")
    if named := _POSIX_CLASS.search(source):
        raise RuleRefused(f"the class {named[0]} is not supported; write its characters: [A-Za-z]")
    source = _SWALLOWED.sub(r"\1", source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = _compile(source, flags)
        body = _sequence(parse(source, flags).data)
    except (re.error, OverflowError, RecursionError) as error:
        raise RuleRefused(f"the regular expression does not compile: {error}") from error
    if _hangs(body, after=frozenset(), in_loop=False):
        raise RuleRefused(
            "the regular expression has a loop that can read the same text in two ways, such as"
            " (a+)+; a crafted log line could make it run for hours",
            advice=_ONE_LOOP,
        )
    return _bounded(compiled)


def _bounded(expression: Expression) -> Expression:
    """With the reach that keeps it at about a second, whatever the text. Raises RuleRefused."""
    shapes = [(_shape_of(piece), piece.pattern) for piece in expression.pieces]
    powers = max(_powers(shape) + (pattern[:1] != "^") for shape, pattern in shapes)
    if powers > _MOST_POWERS:
        raise RuleRefused(
            f"the regular expression takes the length of the text to the power of {powers}: loops"
            " such as a*a*a* can share the same characters in too many ways",
            advice=_ONE_LOOP,
        )
    if powers == _MOST_POWERS:
        return replace(expression, reach=_REACH_OF_CUBES)
    if len(shapes) == 1 and _has_loop_of_groups(shapes[0][0]):
        return replace(expression, reach=_REACH_OF_GROUPS)
    return expression


def _shape_of(piece: re.Pattern[str]) -> _Shape:
    return _sequence(parse(piece.pattern, piece.flags).data)


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


_LINE_BREAK = re.compile("\n")
_FLAGS_FIRST = re.compile(r"\(\?([ims]+)\)")
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<gap>\.[*+]\??(?![*+?{]))"
    r"|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<plain>.)",
    re.DOTALL,
)
_FEWEST_GAPS = 2  # one gap is quadratic at worst: a second for the longest text, not hours


def _compile(source: str, flags: re.RegexFlag) -> Expression:
    whole = re.compile(source, flags)
    leading = _FLAGS_FIRST.match(source)
    pieces = _pieces(source[leading.end() :] if leading else source)
    if len(pieces) <= _FEWEST_GAPS:
        return Expression((whole,))
    used = re.RegexFlag(whole.flags) & (re.IGNORECASE | re.MULTILINE | re.DOTALL)
    try:
        parts = tuple(re.compile(piece, used) for piece in pieces)
    except re.error:
        return Expression((whole,))  # a piece by itself is no expression: leave it whole
    return Expression(parts, crosses_lines=bool(used & re.DOTALL))


def _pieces(source: str) -> list[str]:
    """The parts between `.*` and `.+` outside of brackets; one part when it is not that simple."""
    pieces = [""]
    depth = 0
    for token in _TOKEN.finditer(source):
        kind, text = token.lastgroup, token[0]
        depth += {"open": 1, "close": -1}.get(kind or "", 0)
        is_reference = kind == "escape" and (text[1].isdigit() or text[1] in "AZ")
        if is_reference or (kind == "plain" and text == "|" and depth == 0):
            return [source]
        if kind == "open" and source[token.end() : token.end() + 1] == "?":
            return [source]  # look-arounds and other groups with a meaning of their own
        if kind == "gap" and depth == 0:
            pieces[-1] += "." if text[1] == "+" else ""
            pieces.append("")
        else:
            pieces[-1] += text
    return [piece for piece in pieces if piece]


# What the check needs to know of an expression. Characters are 0…127, and one number each for all
# other letters, blanks, digits and the rest.
_LETTER, _BLANK, _DIGIT, _REST = 128, 129, 130, 131
_ALL = frozenset(range(132))


@dataclass(frozen=True, slots=True)
class _One:
    """One character of a set."""

    characters: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """One after the other; the empty one stands for anchors and look-arounds."""

    parts: tuple[_Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of several."""

    parts: tuple[_Shape, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    """The part, `least` … `most` times."""

    part: _Shape
    least: int
    most: int


_Shape = _One | _Sequence | _Choice | _Repeat


def _hangs(shape: _Shape, *, after: frozenset[int], in_loop: bool) -> bool:
    """Whether a loop in it is ambiguous. `after` is what may follow within the enclosing loop."""
    if isinstance(shape, _Sequence):
        for index, part in enumerate(shape.parts):
            rest = _Sequence(shape.parts[index + 1 :])
            following = _first(rest) | (after if _is_nullable(rest) else frozenset())
            if _hangs(part, after=following, in_loop=in_loop):
                return True
        return False
    if isinstance(shape, _Choice):
        if in_loop and _is_nullable(shape) and _first(shape) & after:
            return True
        if in_loop and sum(map(_is_nullable, shape.parts)) > 1:
            return True  # `(a|a)*`, which Python reads as `(a(?:|))*`
        seen: frozenset[int] = frozenset()
        for part in shape.parts:
            if (in_loop and seen & _first(part)) or _hangs(part, after=after, in_loop=in_loop):
                return True
            seen |= _first(part)
        return False
    if isinstance(shape, _Repeat):
        if in_loop and shape.least != shape.most and _first(shape.part) & after:
            return True
        return _loop_hangs(shape, after=after, in_loop=in_loop)
    return False


def _loop_hangs(loop: _Repeat, *, after: frozenset[int], in_loop: bool) -> bool:
    is_loop = loop.most > _LOOPS and not isinstance(loop.part, _One)
    if is_loop and _is_nullable(loop.part):
        return True
    # What follows the outermost loop makes it slower by a power, not endless: it does not count.
    around = after if in_loop else frozenset()
    around |= _first(loop.part) if loop.most > 1 else frozenset()
    return _hangs(loop.part, after=around, in_loop=in_loop or is_loop)


def _powers(shape: _Shape) -> int:
    """How many endless loops can share one run of the same character between them."""
    return max(_chain(shape, character, 0)[0] for character in sorted(_ALL))


def _chain(shape: _Shape, character: int, before: int) -> tuple[int, int]:
    """(longest chain so far, chain at the end) when the text is only this character."""
    if isinstance(shape, _One):
        return before, before if character in shape.characters else 0
    if isinstance(shape, _Sequence):
        longest = before
        for part in shape.parts:
            found, before = _chain(part, character, before)
            longest = max(longest, found)
        return longest, before
    if isinstance(shape, _Choice):
        chains = [_chain(part, character, before) for part in shape.parts]
        return max(found for found, _ in chains), max(after for _, after in chains)
    found, after = _chain(shape.part, character, before)
    if shape.most > _ENDLESS and character in _first(shape.part):
        return max(found, before + 1), before + 1
    return found, max(before, after) if shape.least == 0 else after


def _has_loop_of_groups(shape: _Shape) -> bool:
    """Whether an endless loop goes round more than one plain character."""
    if isinstance(shape, _Repeat):
        part = shape.part
        is_plain = isinstance(part, _Sequence) and [*map(type, part.parts)] == [_One]
        return (shape.most > _ENDLESS and not is_plain) or _has_loop_of_groups(part)
    parts = shape.parts if isinstance(shape, (_Sequence, _Choice)) else ()
    return any(map(_has_loop_of_groups, parts))


def _first(shape: _Shape) -> frozenset[int]:
    """The characters it can begin with."""
    if isinstance(shape, _One):
        return shape.characters
    if isinstance(shape, _Repeat):
        return _first(shape.part)
    found: frozenset[int] = frozenset()
    for part in shape.parts:
        found |= _first(part)
        if isinstance(shape, _Sequence) and not _is_nullable(part):
            break
    return found


def _is_nullable(shape: _Shape) -> bool:
    """Whether it can match nothing at all."""
    if isinstance(shape, _One):
        return False
    if isinstance(shape, _Repeat):
        return shape.least == 0 or _is_nullable(shape.part)
    check = all if isinstance(shape, _Sequence) else any
    return check(_is_nullable(part) for part in shape.parts)


# From here on: Python's own parse tree → the shapes above. The tree is (name, argument) pairs whose
# arguments differ by name, hence `object`.
def _sequence(tree: Sequence[tuple[object, object]]) -> _Shape:
    return _Sequence(tuple(_shape(str(name), argument) for name, argument in tree))


def _shape(name: str, argument: object) -> _Shape:
    if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return _One(_characters(name, argument))
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and isinstance(argument, tuple):
        least, most, part = argument
        return _Repeat(_sequence(part), least=int(least), most=int(most))
    if name == "BRANCH" and isinstance(argument, tuple):
        return _Choice(tuple(_sequence(part) for part in argument[1]))
    if name == "SUBPATTERN" and isinstance(argument, tuple):
        return _sequence(argument[3])
    if name == "ATOMIC_GROUP" and isinstance(argument, Sequence):
        return _sequence(argument)
    if name in ("GROUPREF", "GROUPREF_EXISTS"):
        return _Repeat(_One(_ALL), least=0, most=_LOOPS)
    return _Sequence()


def _characters(name: str, argument: object) -> frozenset[int]:
    """A superset of what matches; letters count in both cases, as flags may ignore case."""
    if name == "LITERAL" and isinstance(argument, int):
        return _both_cases(argument)
    if name == "NOT_LITERAL" and isinstance(argument, int):
        return _ALL - _unlettered({argument})
    if name == "CATEGORY":
        return _CATEGORIES.get(str(argument), _ALL)
    if name == "RANGE" and isinstance(argument, tuple):
        low, high = argument
        ascii_part = frozenset().union(*map(_both_cases, range(low, min(high, 127) + 1)))
        return ascii_part | (_ALL - frozenset(range(128)) if high > 127 else frozenset())
    if name == "IN" and isinstance(argument, Sequence):
        if argument and str(argument[0][0]) == "NEGATE":
            return _ALL - _unlettered(code for op, code in argument[1:] if str(op) == "LITERAL")
        return frozenset().union(*(_characters(str(op), part) for op, part in argument))
    return _ALL


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
