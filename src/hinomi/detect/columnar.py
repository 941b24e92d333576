"""Rules over columns: which rows of a row group can fire at all, before any event is built.

A part of a condition gives two masks: rows of which it surely holds, and rows of which it may.
What columns cannot answer (a reference to another field, a name spelled three ways) may hold
everywhere and surely nowhere; a `not` swaps the two. So the rows that may fire always include
those that do, whatever is left out here, and `RuleSet.match` decides on the whole events.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from hinomi.columns.mask import Mask, uniform
from hinomi.detect.facts import MOMENT_NAMES
from hinomi.detect.logsource import PRESENT
from hinomi.detect.reference import value_meets
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or
from hinomi.detect.values import Cidr, Compare, Exists, Moment, Null, Regex, Test, Text, Wild

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.columns.groups import Group
    from hinomi.columns.values import Kind, Values
    from hinomi.detect.bind import Bound
    from hinomi.detect.logsource import Route

# What one value alone answers, whoever's event it stands in.
_OF_VALUES = (Text, Regex, Cidr, Compare, Moment)
_REMEMBERED = 20_000  # answers per question; values repeat from one row group to the next


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Every row of `surely` is in `maybe`."""

    surely: Mask
    maybe: Mask

    def inverted(self) -> _Bounds:
        return _Bounds(surely=~self.maybe, maybe=~self.surely)


class Sieve:
    """The rows on which any of some bound rules may fire. Keep one for all row groups."""

    def __init__(self, bound: Sequence[Bound]) -> None:
        self._bound = tuple(bound)
        self._checks: dict[Test, Callable[[str], bool]] = {}

    def may_concern(self, shape: str) -> bool:
        """Whether any rule looks at this shape."""
        return any(one.route.takes(shape) for one in self._bound)

    def by_route(self, group: Group) -> Mask:
        """Rows of the kinds that the rules look at; cheap for any number of rules."""
        routes = {
            (one.route.shape, one.route.keys): one.route
            for one in self._bound
            if one.route.takes(group.shape)
        }
        found = uniform(answer=False, rows=group.rows)
        for route in routes.values():
            found |= self._applies(route, group)
        return found

    def by_rule(self, group: Group) -> Mask:
        """Rows on which a rule may fire; costs by the number of rules."""
        found = uniform(answer=False, rows=group.rows)
        for one in self._bound:
            if one.route.takes(group.shape):
                applies = self._applies(one.route, group)
                if not applies.is_empty:
                    found |= applies & self._bounds(one.rule.condition, one, group).maybe
        return found

    def _applies(self, route: Route, group: Group) -> Mask:
        mask = uniform(answer=True, rows=group.rows)
        for name, allowed in route.keys:
            values = group.field((name,))
            if values is None:
                continue
            mask &= ~values.missing() if allowed == PRESENT else values.where(_is_one_of(allowed))
            if mask.is_empty:
                break
        return mask

    def _bounds(self, node: Node, bound: Bound, group: Group) -> _Bounds:
        if isinstance(node, Named):
            return self._bounds(node.part, bound, group)
        if isinstance(node, Not):
            return self._bounds(node.part, bound, group).inverted()
        if isinstance(node, And):
            return self._every(node, bound, group)
        if isinstance(node, Or):
            # De Morgan: "or" stops as early as "and" does, and is written once.
            return self._every(And(tuple(map(Not, node.parts))), bound, group).inverted()
        return self._item(node, bound, group)

    def _every(self, node: And, bound: Bound, group: Group) -> _Bounds:
        found = _same(uniform(answer=True, rows=group.rows))
        for part in node.parts:
            other = self._bounds(part, bound, group)
            found = _Bounds(found.surely & other.surely, found.maybe & other.maybe)
            if found.maybe.is_empty:  # the columns of the other parts need not be read
                break
        return found

    def _item(self, item: Item, bound: Bound, group: Group) -> _Bounds:
        ask = self._keyword if not item.field else self._field
        answers = [ask(one, item, bound, group) for one in item.asks]
        found = answers[0]
        for other in answers[1:]:
            surely = found.surely & other.surely if item.needs_all else found.surely | other.surely
            maybe = found.maybe & other.maybe if item.needs_all else found.maybe | other.maybe
            found = _Bounds(surely, maybe)
        return found.inverted() if item.negated else found

    def _field(self, ask: Ask, item: Item, bound: Bound, group: Group) -> _Bounds:
        names = bound.names(item.field)
        values = None if names[0].lower() in MOMENT_NAMES else group.field(names)
        if values is None or not _are_all(ask.tests, (*_OF_VALUES, Null, Exists)):
            return _unknown(group)
        mask = uniform(answer=False, rows=group.rows)
        for test in ask.tests:
            mask |= self._test(test, values)
        return _same(mask)

    def _keyword(self, ask: Ask, _item: Item, _bound: Bound, group: Group) -> _Bounds:
        """A raw record that is a structure is no text for keywords, but here it may be looked at:
        it only lets a row through that the match then refuses."""
        if not _are_all(ask.tests, _OF_VALUES):
            return _unknown(group)
        mask = uniform(answer=False, rows=group.rows)
        for test in ask.tests:
            mask |= group.anywhere(partial(self._value_test, test))
        return _Bounds(surely=uniform(answer=False, rows=group.rows), maybe=mask)

    def _test(self, test: Test, values: Values) -> Mask:
        if isinstance(test, Null):
            return values.missing() | values.fitting("prefix", "[", self._check(test))
        if isinstance(test, Exists):
            return ~values.missing() if test.wanted else values.missing()
        return self._value_test(test, values)

    def _value_test(self, test: Test, values: Values) -> Mask:
        simple = _simple_form(test)
        if simple is None:
            return values.where(self._check(test))
        return values.fitting(*simple, self._check(test))

    def _check(self, test: Test) -> Callable[[str], bool]:
        if test not in self._checks:
            self._checks[test] = lru_cache(_REMEMBERED)(partial(value_meets, test))
        return self._checks[test]


def _same(mask: Mask) -> _Bounds:
    return _Bounds(mask, mask)


def _unknown(group: Group) -> _Bounds:
    rows = group.rows
    return _Bounds(uniform(answer=False, rows=rows), uniform(answer=True, rows=rows))


def _are_all(tests: Sequence[Test], kinds: tuple[type, ...]) -> bool:
    return all(isinstance(test, kinds) for test in tests)


def _is_one_of(allowed: frozenset[str]) -> Callable[[str], bool]:
    return lambda value: value.lower() in allowed


_FORMS: dict[tuple[bool, bool], Kind] = {
    (False, False): "exact",
    (False, True): "prefix",
    (True, False): "suffix",
    (True, True): "contains",
}


def _simple_form(test: Test) -> tuple[Kind, str] | None:
    """Text that is one literal with `*` at its ends or none."""
    if not isinstance(test, Text) or test.cased:
        return None
    literals = [part for part in test.parts if isinstance(part, str)]
    if len(literals) != 1 or Wild.ONE in test.parts:
        return None
    return _FORMS[test.parts[0] is Wild.ANY, test.parts[-1] is Wild.ANY], literals[0]
