"""Partial evaluation: a condition with every question about key fields already answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect import reference
from hinomi.detect.tree import And, Item, Named, Node, Not, Or, tests_of
from hinomi.detect.values import FieldRef, Listed

if TYPE_CHECKING:
    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound


def settle(node: Node, bound: Bound, event: Event, keys: frozenset[str]) -> Node | bool:
    """The node as it is for all events whose key fields answer as this event's do."""
    if isinstance(node, Named):
        part = settle(node.part, bound, event, keys)
        return part if isinstance(part, bool) or part is not node.part else node
    if isinstance(node, Not):
        part = settle(node.part, bound, event, keys)
        return not part if isinstance(part, bool) else (node if part is node.part else Not(part))
    if isinstance(node, (And, Or)):
        return _settle_parts(node, bound, event, keys)
    if is_about_keys(node, bound, keys):
        return reference.holds(node, bound, event)
    return node


def is_about_keys(item: Item, bound: Bound, keys: frozenset[str]) -> bool:
    """Whether the item asks only about a key field, under that very name."""
    if item.field not in keys or len(bound.names(item.field)) > 1:
        return False
    return not any(isinstance(test, (FieldRef, Listed)) for test in tests_of(item))


def _settle_parts(node: And | Or, bound: Bound, event: Event, keys: frozenset[str]) -> Node | bool:
    deciding = isinstance(node, Or)  # one true part decides an Or, one false part an And
    left: list[Node] = []
    for part in node.parts:
        settled = settle(part, bound, event, keys)
        if settled is deciding:
            return deciding
        if not isinstance(settled, bool):
            left.append(settled)
    if not left:
        return not deciding
    if len(left) == 1:
        return left[0]
    same = len(left) == len(node.parts) and all(
        a is b for a, b in zip(left, node.parts, strict=True)
    )
    return node if same else type(node)(tuple(left))
