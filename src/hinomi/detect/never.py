"""Rules that can never fire: no format gives their source, or what they ask excludes itself.

Only what is certain is said: exact values and orders that must hold together and cannot. Wildcards
and expressions are taken to be possible, and so are two values at once where a field may be a list.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from hinomi.detect.logsource import PRESENT
from hinomi.detect.reference import stands
from hinomi.detect.tree import And, Item, Named, Node, Not, Or, tests_of
from hinomi.detect.values import Compare, Text, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.detect.bind import Bound
    from hinomi.detect.facts import Names
    from hinomi.detect.rule import Rule

_MOST_SHOWN = 4
_WITHOUT_LISTS = frozenset({"windows"})  # but for event data that happens to be written like one
Values = frozenset[str]  # in lower case
Needs = dict["Names", Values]  # a field not named here may be anything


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why something cannot be: one field would have to be two things at once."""

    reason: str


@dataclass(frozen=True, slots=True)
class Never:
    """A rule that cannot fire today, and why."""

    rule: Rule
    reason: str


def never_firing(rules: Sequence[Rule], bounds: Iterable[Bound]) -> Iterator[Never]:
    """In the rules' order. `bounds` are the rules on all their routes."""
    conflicts: dict[str, list[Conflict | None]] = {}
    for bound in bounds:
        conflicts.setdefault(bound.rule.id, []).append(conflict_of(bound))
    for rule in rules:
        found = conflicts.get(rule.id)
        if found is None:
            yield Never(rule, f"no format gives its log source {rule.logsource} today")
        elif all(found):
            yield Never(rule, next(one.reason for one in found if one))


def conflict_of(bound: Bound) -> Conflict | None:
    """Why the rule cannot fire on this route; None when it may."""
    keys: Needs = {(name,): allowed for name, allowed in bound.route.keys if not allowed & PRESENT}
    needs = _needs(bound.rule.condition, bound)
    if isinstance(needs, Conflict):
        return needs
    joined = _join(keys, needs)
    return joined if isinstance(joined, Conflict) else None


def _needs(node: Node, bound: Bound) -> Needs | Conflict:
    """The values fields must have for the node to hold."""
    if isinstance(node, Named):
        return _needs(node.part, bound)
    if isinstance(node, And):
        return _needs_of_all(node, bound)
    if isinstance(node, Or):
        return _needs_of_one(node, bound)
    if isinstance(node, Not):
        return {}
    return _needs_of_item(node, bound)


def _needs_of_all(node: And, bound: Bound) -> Needs | Conflict:
    needs: Needs = {}
    for part in node.parts:
        found = _needs(part, bound)
        joined = found if isinstance(found, Conflict) else _both_needed(needs, found, bound)
        if isinstance(joined, Conflict):
            return joined
        needs = joined
    wanted = [_unnamed(part) for part in node.parts]
    for part in node.parts:
        if not isinstance(part, Not):
            continue
        if _unnamed(part.part) in wanted:
            return Conflict(f"the condition wants and takes out the same: {_name_of(part.part)}")
        conflict = _taken_out(needs, part.part, bound)
        if conflict is not None:
            return conflict
    return (_empty_range(wanted, bound) if _is_single(bound) else None) or needs


def _is_single(bound: Bound) -> bool:
    return bound.route.shape in _WITHOUT_LISTS


def _both_needed(left: Needs, right: Needs, bound: Bound) -> Needs | Conflict:
    """Of a list each may be met by another element, so either alone is all that is certain."""
    return _join(left, right) if _is_single(bound) else {**right, **left}


def _empty_range(wanted: Sequence[Node], bound: Bound) -> Conflict | None:
    """Whether orders that must hold together leave no number."""
    orders: dict[Names, list[Compare]] = defaultdict(list)
    for item in wanted:
        tests = list(tests_of(item)) if isinstance(item, Item) and not item.negated else []
        if isinstance(item, Item) and len(tests) == 1 and isinstance(tests[0], Compare):
            orders[bound.names(item.field)].append(tests[0])
    for names, asked in orders.items():
        limits = sorted(one.number for one in asked)
        between = [(low + high) / 2 for low, high in pairwise(limits)]
        near = (limits[0] * 2 - 1, -1, *limits, *between, 1, limits[-1] * 2 + 1)
        if not any(all(stands(n, one.order, one.number) for one in asked) for n in near):
            said = " and ".join(f"{one.order} {one.number}" for one in asked)
            return Conflict(f"{names[0]} must be {said} at once")
    return None


def _unnamed(node: Node) -> Node:
    return node.part if isinstance(node, Named) else node


def _name_of(node: Node) -> str:
    return node.name if isinstance(node, Named) else "what stands in brackets"


def _needs_of_one(node: Or, bound: Bound) -> Needs | Conflict:
    found = [_needs(part, bound) for part in node.parts]
    possible = [one for one in found if not isinstance(one, Conflict)]
    if not possible:
        return next(one for one in found if isinstance(one, Conflict))
    shared = set(possible[0]).intersection(*possible[1:])
    return {names: frozenset().union(*(one[names] for one in possible)) for names in shared}


def _needs_of_item(item: Item, bound: Bound) -> Needs | Conflict:
    literals = _literals(item)
    if literals is None or item.negated:
        return {}
    names = bound.names(item.field)
    if item.needs_all and len(literals) > 1 and _is_single(bound):
        return Conflict(_both(names, literals, literals))
    return {names: literals}


def _taken_out(needs: Needs, node: Node, bound: Bound) -> Conflict | None:
    """Whether the node, one plain question that must not hold, takes all out that is needed."""
    item = _unnamed(node)
    literals = _literals(item) if isinstance(item, Item) else None
    if literals is None or not isinstance(item, Item) or item.negated or item.needs_all:
        return None
    names = bound.names(item.field)
    if names not in needs or needs[names] - literals:
        return None
    return Conflict(f"{names[0]} must be {_shown(needs[names])}, which the condition takes out")


def _join(left: Needs, right: Needs) -> Needs | Conflict:
    joined = dict(left)
    for names, values in right.items():
        both = joined.get(names, values) & values
        if not both:
            return Conflict(_both(names, joined[names], values))
        joined[names] = both
    return joined


def _literals(item: Item) -> Values | None:
    """The plain values of a question that has no others."""
    tests = list(tests_of(item))
    if not item.field or not all(isinstance(t, Text) and not t.cased for t in tests):
        return None
    texts = [plain_text(test.parts) for test in tests if isinstance(test, Text)]
    found = frozenset(text.lower() for text in texts if text is not None)
    return found if len(texts) == sum(text is not None for text in texts) else None


def _both(names: Names, left: Values, right: Values) -> str:
    if left == right:
        return f"{names[0]} must be {_shown(left)} at once"
    return f"{names[0]} must be {_shown(left)} and also {_shown(right)}"


def _shown(values: Values) -> str:
    some = sorted(values)[:_MOST_SHOWN]
    more = f" and {len(values) - len(some)} more" if len(values) > len(some) else ""
    return " or ".join(repr(value) for value in some) + more
