"""What the rules of one bucket ask, as numbered yes-or-no answers ("atoms"), field by field.

Plain data that can be written to disk: `classes` makes it quick, `program` combines the atoms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hinomi.detect.plan.text import lowered, simple_form
from hinomi.detect.written import Written, write_test

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.detect.facts import Names
    from hinomi.detect.values import Test, Text

# The anchors stand around every value that is searched, so that one search answers "begins with",
# "ends with" and "is" as well. A literal or value that holds one of these itself goes another way.
BEGIN, END, BLANK = "\x02", "\x03", "\x04"
KEYWORDS: Names = ()  # the "field" that is all text of an event

_ANCHORED = {
    "exact": (BEGIN, END),
    "prefix": (BEGIN, ""),
    "suffix": ("", END),
    "contains": ("", ""),
}
# How dear it is to wake a rule by an atom: how often the world says yes to such a question.
_COSTS = {"exact": 1.0, "suffix": 2.0, "prefix": 3.0, "contains": 4.0}
COST_OF_A_CHECK = 60.0
_COST_OF_PRESENCE = 6_000.0  # nearly every event of a kind has the field
_COST_OF_A_KEYWORD = 20.0
_SHORT, _TIMES_SHORT = 4, 8.0  # a shorter substring is found nearly everywhere


class FieldAsked(msgspec.Struct, array_like=True):
    """What is asked of one field, or (names are `KEYWORDS`) of all text.

    `targets[i]` is the atom of `patterns[i]`. Atoms in `confirm` are only suspected by their
    pattern: the test decides. `checks` have no literal to look for. `hints` are atoms that say "may
    be": other tests rely on them, and they count as true of any text beyond ASCII. `late` are
    (rule, pattern, atom): patterns that matter only once this very field has woken the rule. `null`
    is true of a list that holds one.
    """

    names: tuple[str, ...]
    present: int = -1
    patterns: list[str] = []
    targets: list[int] = []
    confirm: list[tuple[int, Written]] = []
    checks: list[tuple[int, Written]] = []
    hints: list[int] = []
    late: list[tuple[int, str, int]] = []
    null: int = -1


class Atoms:
    """Gives each different question one number. The same question gets the same number."""

    def __init__(self) -> None:
        self.fields: dict[Names, FieldAsked] = {}
        self.costs: list[float] = []
        self._numbers: dict[tuple[Names, str, object], int] = {}

    def present(self, names: Names) -> int:
        """The field is there."""
        asked = self._field(names)
        if asked.present < 0:
            asked.present = self._new(_COST_OF_PRESENCE)
        return asked.present

    def null(self, names: Names) -> int:
        """The field is a list that holds null."""
        asked = self._field(names)
        if asked.null < 0:
            asked.null = self._new(COST_OF_A_CHECK)
        return asked.null

    def text(self, names: Names, text: Text) -> int:
        """The field's value (or some text of the event) fits the text."""
        parts = lowered(text)
        form = None if text.cased else simple_form(parts)
        literal = form[1] if form else _longest(part for part in parts if isinstance(part, str))
        if is_awkward(literal) or (text.cased and not literal.isascii()):
            return self._check(names, text)  # lower() of a part and of the whole can differ
        if form is not None:
            return self._pattern(names, form[0], literal)
        if not literal:
            return self._check(names, text)
        number = self._numbers.get((names, "confirm", text))
        if number is None:
            # Cased literals are looked for in lower case too; the test sees the value as it stands.
            number = self._add(names, literal.lower(), "contains")
            self._numbers[names, "confirm", text] = number
            self._field(names).confirm.append((number, write_test(text)))
        return number

    def test(self, names: Names, test: Test) -> int:
        """The field's value meets a test that needs the value itself."""
        return self._check(names, test)

    def hint(self, names: Names, literal: str) -> int:
        """The literal (lower-case ASCII) may be in the value, whatever the case."""
        key = (names, "hint", literal)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._add(names, literal, "contains")
            self._field(names).hints.append(number)
        return number

    def _pattern(self, names: Names, kind: str, literal: str) -> int:
        key = (names, kind, literal)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._add(names, literal, kind)
        return number

    def _add(self, names: Names, literal: str, kind: str) -> int:
        asked = self._field(names)
        before, after = _ANCHORED[kind]
        asked.patterns.append(before + literal + after)
        is_weak = kind != "exact" and len(literal) < _SHORT
        cost = _COSTS[kind] * (_TIMES_SHORT if is_weak else 1.0)
        number = self._new(cost if names else _COST_OF_A_KEYWORD)
        asked.targets.append(number)
        return number

    def _check(self, names: Names, test: Test) -> int:
        key = (names, "check", test)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._new(COST_OF_A_CHECK)
            self._field(names).checks.append((number, write_test(test)))
        return number

    def _field(self, names: Names) -> FieldAsked:
        asked = self.fields.get(names)
        if asked is None:
            asked = self.fields[names] = FieldAsked(names)
        return asked

    def _new(self, cost: float) -> int:
        self.costs.append(cost)
        return len(self.costs) - 1


def is_awkward(text: str) -> bool:
    """Whether it cannot be searched for as it is: it holds an anchor or half a surrogate pair."""
    return any(mark in text for mark in (BEGIN, END, BLANK)) or not is_whole(text)


def is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON can smuggle in half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _longest(literals: Iterable[str]) -> str:
    return max(literals, key=len, default="")
