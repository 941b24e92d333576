"""A rule's condition as a formula over atoms: small, quick, and plain enough to keep on disk.

Some questions are too dear to ask of every value (expressions, other fields, the organisation's
lists). In the formula they count as "may be": the formula is true whenever the rule holds, and
perhaps more often; such a rule `asks_again` on the event itself before it fires.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from hinomi.detect import facts
from hinomi.detect.plan.asked import COST_OF_A_CHECK, KEYWORDS, Atoms
from hinomi.detect.plan.needles import needles_of
from hinomi.detect.plan.text import lowered, simple_form
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or
from hinomi.detect.values import Cidr, Compare, Exists, Moment, Null, Regex, Test, Text, Wild

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from hinomi.detect.bind import Bound


class Fixed(msgspec.Struct, frozen=True, tag="fixed", array_like=True):
    """Always true, or never."""

    value: bool


class AnyOf(msgspec.Struct, frozen=True, tag="any", array_like=True):
    """At least one of the atoms is true."""

    atoms: frozenset[int]


class AllOf(msgspec.Struct, frozen=True, tag="all", array_like=True):
    """Every atom is true."""

    atoms: frozenset[int]


class Every(msgspec.Struct, frozen=True, tag="every", array_like=True):
    """Every part is true."""

    parts: tuple[Formula, ...]


class Some(msgspec.Struct, frozen=True, tag="some", array_like=True):
    """At least one part is true."""

    parts: tuple[Formula, ...]


class No(msgspec.Struct, frozen=True, tag="no", array_like=True):
    """The part is not true."""

    part: Formula


Formula = Fixed | AnyOf | AllOf | Every | Some | No
Check = Callable[[AbstractSet[int]], bool]
TRUE, FALSE = Fixed(True), Fixed(False)


@dataclass(slots=True)
class Writer:
    """Writes the formula of one rule; `asks_again` is known when it is done.

    `asks_values`: expressions are asked of every different value, as cheap tests are.
    """

    bound: Bound
    atoms: Atoms
    asks_values: bool = False
    asks_again: bool = False

    def formula(self, node: Node, *, hopeful: bool = True) -> Formula:
        """`hopeful`: what cannot be known counts as true; under a `not` it must count as false."""
        if isinstance(node, Named):
            return self.formula(node.part, hopeful=hopeful)
        if isinstance(node, Not):
            return negate(self.formula(node.part, hopeful=not hopeful))
        if isinstance(node, (And, Or)):
            parts = [self.formula(part, hopeful=hopeful) for part in node.parts]
            return every(parts) if isinstance(node, And) else some(parts)
        return self._item(node, hopeful=hopeful)

    def _item(self, item: Item, *, hopeful: bool) -> Formula:
        names = self.bound.names(item.field) if item.field else KEYWORDS
        asks = [self._ask(ask, names, hopeful=hopeful != item.negated) for ask in item.asks]
        answer = every(asks) if item.needs_all else some(asks)
        return negate(answer) if item.negated else answer

    def _ask(self, ask: Ask, names: facts.Names, *, hopeful: bool) -> Formula:
        return some([self._test(test, names, hopeful=hopeful) for test in ask.tests])

    def _test(self, test: Test, names: facts.Names, *, hopeful: bool) -> Formula:
        if names and names[0].lower() in facts.MOMENT_NAMES:
            return self._unknown(TRUE, hopeful=hopeful)  # the event's own time may stand in
        if names and isinstance(test, (Null, Exists)):
            return self._presence(test, names)
        if isinstance(test, Text):
            return self._text(test, names, hopeful=hopeful)
        is_asked = isinstance(test, (Cidr, Compare, Moment))
        if names and (is_asked or (self.asks_values and isinstance(test, Regex))):
            return AnyOf(frozenset({self.atoms.test(names, test)}))
        return self._unknown(self._hint(test, names), hopeful=hopeful)

    def _presence(self, test: Null | Exists, names: facts.Names) -> Formula:
        is_there = AnyOf(frozenset({self.atoms.present(names)}))
        if isinstance(test, Null):
            return some([negate(is_there), AnyOf(frozenset({self.atoms.null(names)}))])
        return is_there if test.wanted else negate(is_there)

    def _text(self, test: Text, names: facts.Names, *, hopeful: bool) -> Formula:
        if names:
            is_any = test.parts == (Wild.ANY,)
            number = self.atoms.present(names) if is_any else self.atoms.text(names, test)
            return AnyOf(frozenset({number}))
        form = None if test.cased else simple_form(lowered(test))
        if form and form[0] == "contains" and "\0" not in form[1]:  # NUL stands between the texts
            return AnyOf(frozenset({self.atoms.text(KEYWORDS, test)}))
        return self._unknown(self._keyword_hint(test), hopeful=hopeful)

    def _keyword_hint(self, test: Text) -> Formula:
        literals = [part for part in test.parts if isinstance(part, str) and "\0" not in part]
        longest = max(literals, key=len, default="").lower()
        if not longest or (test.cased and not longest.isascii()):
            return TRUE
        return AnyOf(frozenset({self.atoms.text(KEYWORDS, contains(longest))}))

    def _hint(self, test: Test, names: facts.Names) -> Formula:
        """What is surely so when the test is met."""
        needles = needles_of(test.expression) if isinstance(test, Regex) else None
        if needles is not None:
            return AnyOf(frozenset(self.atoms.hint(names, needle) for needle in needles))
        return AnyOf(frozenset({self.atoms.present(names)})) if names else TRUE

    def _unknown(self, hint: Formula, *, hopeful: bool) -> Formula:
        self.asks_again = True
        return hint if hopeful else FALSE


def write(node: Node, bound: Bound, atoms: Atoms) -> tuple[Formula, bool]:
    """The formula, and whether the rule must be asked again.

    An expression that nothing guards, neither the rest of its rule nor a needle, would be asked of
    every event: it is asked of every different value instead, and the answer remembered.
    """
    trial = Writer(bound, Atoms())
    formula = trial.formula(node)
    if trial.asks_again:
        woken_by = wakers(formula, trial.atoms.costs) or ()
        is_unguarded = all(trial.atoms.costs[atom] >= COST_OF_A_CHECK for atom in woken_by)
        writer = Writer(bound, atoms, asks_values=is_unguarded)
        return writer.formula(node), writer.asks_again
    return Writer(bound, atoms).formula(node), False


def contains(literal: str) -> Text:
    """The text `*literal*`."""
    return Text((Wild.ANY, literal, Wild.ANY))


def every(parts: Sequence[Formula]) -> Formula:
    """All of the parts, made as small as it goes."""
    atoms: set[int] = set()
    left: list[Formula] = []
    for part in _flat(parts, Every):
        if part == FALSE:
            return FALSE
        if isinstance(part, AllOf) or (isinstance(part, AnyOf) and len(part.atoms) == 1):
            atoms |= part.atoms
        elif part != TRUE:
            left.append(part)
    if atoms:
        left.insert(0, AllOf(frozenset(atoms)))
    if len(left) < 2:
        return left[0] if left else TRUE
    return Every(tuple(left))


def some(parts: Sequence[Formula]) -> Formula:
    """One of the parts, made as small as it goes."""
    atoms: set[int] = set()
    left: list[Formula] = []
    for part in _flat(parts, Some):
        if part == TRUE:
            return TRUE
        if isinstance(part, AnyOf) or (isinstance(part, AllOf) and len(part.atoms) == 1):
            atoms |= part.atoms
        elif part != FALSE:
            left.append(part)
    if atoms:
        left.insert(0, AnyOf(frozenset(atoms)))
    if len(left) < 2:
        return left[0] if left else FALSE
    return Some(tuple(left))


def negate(part: Formula) -> Formula:
    """Not the part. "A or not b" becomes "b and not a", where `b` can wake the rule."""
    if isinstance(part, Fixed):
        return Fixed(not part.value)
    if isinstance(part, Some) and any(isinstance(one, No) for one in part.parts):
        return every([negate(one) for one in part.parts])
    return part.part if isinstance(part, No) else No(part)


def _flat(parts: Sequence[Formula], kind: type[Every] | type[Some]) -> list[Formula]:
    return [inner for part in parts for inner in (part.parts if isinstance(part, kind) else [part])]


def wakers(formula: Formula, costs: Sequence[float]) -> frozenset[int] | None:
    """Atoms of which at least one is true whenever the formula is; None: ask it always."""
    if isinstance(formula, AnyOf):
        return formula.atoms
    if isinstance(formula, AllOf):
        return frozenset({min(formula.atoms, key=costs.__getitem__)})
    if isinstance(formula, Every):
        choices = [found for part in formula.parts if (found := wakers(part, costs)) is not None]
        return min(choices, key=lambda atoms: sum(costs[one] for one in atoms), default=None)
    if isinstance(formula, Some):
        joined: set[int] = set()
        for part in formula.parts:
            found = wakers(part, costs)
            if found is None:
                return None
            joined |= found
        return frozenset(joined)
    return None


def count_atoms(formula: Formula, into: Counter[int]) -> None:
    """How many rules ask each atom: authors ask most often about what is most often there."""
    if isinstance(formula, (AnyOf, AllOf)):
        into.update(formula.atoms)
    elif isinstance(formula, No):
        count_atoms(formula.part, into)
    elif isinstance(formula, (Every, Some)):
        for part in formula.parts:
            count_atoms(part, into)


def make_check(formula: Formula) -> Check:
    """The formula as one function of the set of true atoms."""
    if isinstance(formula, AnyOf):
        return _any_of(formula.atoms)
    if isinstance(formula, AllOf):
        return formula.atoms.issubset
    if isinstance(formula, Fixed):
        value = formula.value
        return lambda _true: value
    if isinstance(formula, No):
        return _none_of(formula.part)
    checks = tuple(make_check(part) for part in formula.parts)
    return _every(checks) if isinstance(formula, Every) else _some(checks)


def _any_of(atoms: frozenset[int]) -> Check:
    if len(atoms) == 1:
        (only,) = atoms
        return lambda true: only in true
    none_of = atoms.isdisjoint
    return lambda true: not none_of(true)


def _none_of(part: Formula) -> Check:
    if isinstance(part, AnyOf):
        return part.atoms.isdisjoint
    check = make_check(part)
    return lambda true: not check(true)


def _every(checks: Sequence[Check]) -> Check:
    def check(true: AbstractSet[int]) -> bool:
        for one in checks:  # noqa: SIM110  all() over a generator costs twice as much here
            if not one(true):
                return False
        return True

    return check


def _some(checks: Sequence[Check]) -> Check:
    def check(true: AbstractSet[int]) -> bool:
        for one in checks:  # noqa: SIM110  any() over a generator costs twice as much here
            if one(true):
                return True
        return False

    return check
