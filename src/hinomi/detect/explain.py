"""Why a rule fired: a second, full pass, only on hits. Answers come from the reference matcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.detect import facts
from hinomi.detect.reference import ask_holds, holds, value_meets
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound

LONGEST_VALUE = 1_000
_MOST_REASONS = 50


def explain(bound: Bound, event: Event) -> tuple[Why, ...]:
    """The reasons, in the rule's order. A rule that is only a 'not' says what was not there."""
    found = dict.fromkeys(_reasons(bound.rule.condition, bound, event, ""))
    return tuple(found)[:_MOST_REASONS]


def _reasons(node: Node, bound: Bound, event: Event, name: str) -> Iterator[Why]:
    if not holds(node, bound, event):
        return
    if isinstance(node, (And, Or)):
        positive = [part for part in node.parts if not isinstance(part, Not)]
        for part in positive or node.parts:
            yield from _reasons(part, bound, event, name)
    elif isinstance(node, Named):
        yield from _reasons(node.part, bound, event, node.name)
    elif isinstance(node, Not):
        yield Why(selection=f"not {_first_name(node.part) or name}", field="", value="", pattern="")
    else:
        yield from _item_reasons(node, bound, event, name)


def _item_reasons(item: Item, bound: Bound, event: Event, name: str) -> Iterator[Why]:
    if item.negated:
        shown = "; ".join(ask.shown for ask in item.asks)
        yield _why(name, item, bound, event, shown)
        return
    for ask in item.asks:
        if not ask_holds(ask, item, bound, event):
            continue
        if item.field:
            yield _why(name, item, bound, event, ask.shown)
        else:
            yield _keyword_why(name, ask, event)


def _why(name: str, item: Item, bound: Bound, event: Event, shown: str) -> Why:
    """The native field that held the value; the rule's own name when there is none."""
    field, value = facts.find(event, bound.names(item.field)) or (item.field, "")
    return Why(selection=name, field=field, value=value[:LONGEST_VALUE], pattern=shown)


def _keyword_why(name: str, ask: Ask, event: Event) -> Why:
    value = next(
        text
        for _, text in facts.searchable(event)
        if any(value_meets(test, text) for test in ask.tests)
    )
    return Why(selection=name, field="", value=value[:LONGEST_VALUE], pattern=ask.shown)


def _first_name(node: Node) -> str:
    """The name of the first selection in the part; "" when it holds none."""
    if isinstance(node, Named):
        return node.name
    if isinstance(node, Not):
        return _first_name(node.part)
    if isinstance(node, (And, Or)):
        return next(filter(None, map(_first_name, node.parts)), "")
    return ""
