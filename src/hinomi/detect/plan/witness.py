"""What an event must show before a rule can fire: a set of cheap signs, one of which must be there.

Observation: nearly every rule demands some literal in some field. Looking for all literals of a
field at once and then asking only the rules behind the found ones skips > 99 % of the rules.
A rule without such signs is asked always. Guard: test_plan.py against the reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.detect.plan.text import lowered, simple_form
from hinomi.detect.tree import And, Ask, Item, Named, Node, Or
from hinomi.detect.values import Exists, Null, Test, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.detect.bind import Bound
    from hinomi.detect.plan.view import Slots

# How dear a sign is: the time to look for it and the rules it wakes for nothing.
_COSTS = {"exact": 1, "suffix": 2, "prefix": 3, "contains": 4, "keyword": 20, "present": 60}
_SHORT = 4  # a shorter substring is found nearly everywhere


@dataclass(frozen=True, slots=True)
class Sign:
    """`literal` (lower case) at this place in the slot's value; "present" needs no literal."""

    kind: str
    slot: int
    literal: str = ""

    @property
    def cost(self) -> int:
        """See _COSTS."""
        is_weak = self.kind not in ("exact", "present") and len(self.literal) < _SHORT
        return _COSTS[self.kind] * (8 if is_weak else 1)


Signs = frozenset[Sign]


def signs_of(node: Node, bound: Bound, slots: Slots) -> Signs | None:
    """Signs of which at least one is there whenever the node holds; None: nothing is certain."""
    if isinstance(node, Named):
        return signs_of(node.part, bound, slots)
    if isinstance(node, And):
        return _cheapest(signs_of(part, bound, slots) for part in node.parts)
    if isinstance(node, Or):
        return _together(signs_of(part, bound, slots) for part in node.parts)
    if isinstance(node, Item) and not node.negated:
        slot = slots.number(bound.names(node.field)) if node.field else -1
        found = (_of_ask(ask, slot) for ask in node.asks)
        return _cheapest(found) if node.needs_all else _together(found)
    return None


def _cheapest(choices: Iterable[Signs | None]) -> Signs | None:
    known = [signs for signs in choices if signs is not None]
    return min(known, key=lambda signs: sum(sign.cost for sign in signs), default=None)


def _together(choices: Iterable[Signs | None]) -> Signs | None:
    joined: set[Sign] = set()
    for signs in choices:
        if signs is None:
            return None
        joined |= signs
    return frozenset(joined)


def _of_ask(ask: Ask, slot: int) -> Signs | None:
    return _together(_of_test(test, slot) for test in ask.tests)


def _of_test(test: Test, slot: int) -> Signs | None:
    if isinstance(test, Null) or (isinstance(test, Exists) and not test.wanted):
        return None
    sign = _literal_sign(test, slot) if isinstance(test, Text) else None
    if sign is not None:
        return frozenset({sign})
    return None if slot < 0 else frozenset({Sign("present", slot)})


def _literal_sign(text: Text, slot: int) -> Sign | None:
    if text.cased and not all(str(part).isascii() for part in text.parts):
        return None  # lower() of a part and of the whole can differ beyond ASCII
    parts = tuple(part.lower() if isinstance(part, str) else part for part in lowered(text))
    literals = [part for part in parts if isinstance(part, str)]
    longest = max(literals, key=len, default="")
    if slot < 0:
        return Sign("keyword", slot, longest) if longest and "\0" not in longest else None
    kind, literal = simple_form(parts) or ("contains", longest)
    if kind == "exact" or literal:
        return Sign(kind, slot, literal)
    return None
