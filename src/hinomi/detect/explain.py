"""Why a rule fired: a second, full pass over every part of the rule, only on hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.detect import facts
from hinomi.detect.plan.compiled import compile_node, value_check
from hinomi.detect.plan.view import Slots, View
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or
from hinomi.detect.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound

LONGEST_VALUE = 1_000
_MOST_REASONS = 50


@dataclass(frozen=True, slots=True)
class _Case:
    """One rule and one event; the parts share what was already looked up."""

    bound: Bound
    view: View
    slots: Slots

    def holds(self, node: Node) -> bool:
        return compile_node(node, self.bound, self.slots)(self.view)


def explain(bound: Bound, event: Event) -> tuple[Why, ...]:
    """The reasons, in the rule's order. A rule that is only a 'not' says what was not there."""
    slots = Slots()
    case = _Case(bound, View(event, slots), slots)
    found: dict[Why, None] = {}
    for why in _reasons(bound.rule.condition, case, ""):
        found[why] = None
        if len(found) >= _MOST_REASONS:
            break
    return tuple(found)


def _reasons(node: Node, case: _Case, name: str) -> Iterator[Why]:
    if not case.holds(node):
        return
    if isinstance(node, (And, Or)):
        positive = [part for part in node.parts if not isinstance(part, Not)]
        for part in positive or node.parts:
            yield from _reasons(part, case, name)
    elif isinstance(node, Named):
        yield from _reasons(node.part, case, node.name)
    elif isinstance(node, Not):
        yield Why(selection=f"not {_first_name(node.part) or name}", field="", value="", pattern="")
    else:
        yield from _item_reasons(node, case, name)


def _item_reasons(item: Item, case: _Case, name: str) -> Iterator[Why]:
    if item.negated:
        yield _field_why(name, item, case, "; ".join(ask.shown for ask in item.asks))
        return
    for ask in item.asks:
        if not case.holds(Item(item.field, (ask,))):
            continue
        if item.field:
            yield _field_why(name, item, case, ask.shown)
        else:
            yield _keyword_why(name, ask, case)


def _field_why(name: str, item: Item, case: _Case, shown: str) -> Why:
    """The native field that held the value; the rule's own name when there is none."""
    names = case.bound.names(item.field)
    field, value = facts.find(case.view.event, names) or (item.field, "")
    return Why(selection=name, field=field, value=value[:LONGEST_VALUE], pattern=shown)


def _keyword_why(name: str, ask: Ask, case: _Case) -> Why:
    """The text around the keyword when it is long: a record can be a megabyte."""
    checks = [value_check(test) for test in ask.tests]
    texts = [text for _, text in case.view.texts()]
    value = next(text for text in texts if any(check(text) for check in checks))
    start = max(0, _place_of(ask, value) - LONGEST_VALUE // 2)
    return Why(selection=name, field="", value=value[start:][:LONGEST_VALUE], pattern=ask.shown)


def _place_of(ask: Ask, text: str) -> int:
    """Where the first literal of the keyword stands in a long text; 0 when that is not simple."""
    if len(text) <= LONGEST_VALUE:
        return 0
    literals = (
        part.lower()
        for test in ask.tests
        if isinstance(test, Text)
        for part in test.parts
        if isinstance(part, str)
    )
    return max(0, text.lower().find(next(literals, "")))


def _first_name(node: Node) -> str:
    """The name of the first selection in the part; "" when it holds none."""
    if isinstance(node, Named):
        return node.name
    if isinstance(node, Not):
        return _first_name(node.part)
    if isinstance(node, (And, Or)):
        return next(filter(None, map(_first_name, node.parts)), "")
    return ""
