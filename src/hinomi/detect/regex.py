"""Regular expressions of rules: compiled, or refused when a crafted log line could make them hang.

Python's engine backtracks and knows no time limit, and log lines are written by attackers. So
(1) a loop whose body can match the same text in two ways (`(a+)+`, `(.|x)*`) is refused: it takes
exponential time, and so are loops that share characters in too many ways (`a*a*a*b`, and bounded
ones that multiply, `((a{0,5}){5}){5}b`); (2)
`A.*B.*C` is looked for piece by piece, each as early as possible, which is linear where
backtracking takes the length to the power of the gaps; (3) only the first REGEX_REACH characters
are looked at, fewer where the time grows faster than with the square of the length. `(2)` gives
what the engine gives, unless a piece of varying width ends later where it begins earlier;
tests/unit/detect/test_regex.py compares the two.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.detect.regex_cost import hangs, has_loop_of_groups, powers_of, ways_of
from hinomi.detect.regex_shape import parse, shape_of_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.detect.regex_shape import Shape

REGEX_REACH = 32_768
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_REACH_OF_GROUPS = 8_192  # loops over more than single characters: slower by a constant
_REACH_OF_CUBES = 1_024  # a second of trying, as for the others at their reach
_MOST_POWERS = 3
_LONGEST = 4_096
_ONE_LOOP = "Let one loop read each stretch of text, a+ for (a+)+, or use contains|all."
_MOST_STEPS = 9.05  # as a power of ten: about a second, or two, of trying
_CONSTANT = 1  # up to ten ways are slower by a constant, which the reaches above allow for
_LEAST_REACH = 256  # an expression that sees less of a text than this says little

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
        body = shape_of_tree(parse(source, flags).data)
    except (re.error, OverflowError, RecursionError) as error:
        raise RuleRefused(f"the regular expression does not compile: {error}") from error
    if hangs(body, after=frozenset(), times=1):
        raise RuleRefused(
            "the regular expression has a loop that can read the same text in two ways, such as"
            " (a+)+; a crafted log line could make it run for hours",
            advice=_ONE_LOOP,
        )
    return _bounded(compiled)


def _bounded(expression: Expression) -> Expression:
    """With the reach that keeps it at about a second, whatever the text. Raises RuleRefused."""
    shapes = [(_shape_of(piece), piece.pattern) for piece in expression.pieces]
    powers = max(powers_of(shape) + (pattern[:1] != "^") for shape, pattern in shapes)
    if powers > _MOST_POWERS:
        raise RuleRefused(
            f"the regular expression takes the length of the text to the power of {powers}: loops"
            " such as a*a*a* can share the same characters in too many ways",
            advice=_ONE_LOOP,
        )
    reach = REGEX_REACH
    if powers == _MOST_POWERS:
        reach = _REACH_OF_CUBES
    elif len(shapes) == 1 and has_loop_of_groups(shapes[0][0]):
        reach = _REACH_OF_GROUPS
    ways = max(ways_of(shape) for shape, _ in shapes)
    if ways > _CONSTANT:
        reach = min(reach, int(10 ** ((_MOST_STEPS - ways) / max(powers, 1))))
    if reach < _LEAST_REACH:
        raise RuleRefused(
            "the regular expression can try the same text in more than"
            f" 10^{ways:.0f} ways: loops such as (a{{0,9}}){{9}} multiply",
            advice=_ONE_LOOP,
        )
    return replace(expression, reach=reach)


def _shape_of(piece: re.Pattern[str]) -> Shape:
    return shape_of_tree(parse(piece.pattern, piece.flags).data)


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
