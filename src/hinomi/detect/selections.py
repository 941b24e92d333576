"""A mapping of named selections and a condition → one tree; and the log source beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hinomi.core.errors import RuleRefused
from hinomi.detect import document, tree
from hinomi.detect.condition import parse_condition
from hinomi.detect.modifiers import Value, make_item
from hinomi.detect.rule import Logsource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.detect.head import Keys, Reader


_MOST_NAMED = 6
_ASKING = (
    "A line asks field|modifier: value, or a list of values; no modifier means the whole value."
)


def read_logsource(keys: Keys, node: Node, read: Reader) -> Logsource:
    """What the document reads. Raises RuleRefused when it does not say."""
    if "logsource" not in keys:
        raise read.refuse("the rule has no 'logsource'", node)
    found = read.keys(keys["logsource"][1], what="'logsource'")
    words = {
        name: read.text(found, name).strip().lower() for name in ("product", "category", "service")
    }
    if not any(words.values()):
        raise read.refuse("'logsource' names no product, category or service", keys["logsource"][0])
    return Logsource(**words)


def read_detection(key: ScalarNode, found: Keys, read: Reader, *, beside: str = "") -> tree.Node:
    """The tree of `found`, which stands under `key`; `beside` is a key that is no selection."""
    if "condition" not in found:
        raise read.refuse(f"{key.value!r} has no 'condition'", key)
    selections = {
        name: _selection(body, read)
        for name, (_, body) in found.items()
        if name not in ("condition", "timeframe", beside)
    }
    if "timeframe" in found:
        raise read.refuse(
            "'timeframe' belongs to correlation rules",
            found["timeframe"][0],
        )
    return _conditions(found["condition"][1], selections, read)


def _conditions(node: Node, selections: Mapping[str, tree.Node], read: Reader) -> tree.Node:
    """Several conditions are alternatives."""
    lines = node.value if isinstance(node, SequenceNode) else [node]
    parsed = []
    for line in lines:
        text = document.scalar(line, read.path)
        try:
            parsed.append(parse_condition(str(text or ""), selections))
        except RuleRefused as error:
            raise read.refuse(error.message, line, advice=_joining(selections)) from error
    if not parsed:
        raise read.refuse("the condition is empty", node)
    return parsed[0] if len(parsed) == 1 else tree.Or(tuple(parsed))


def _joining(selections: Mapping[str, tree.Node]) -> str:
    names = [*selections][:_MOST_NAMED]
    return (
        f"Join {', '.join(names) or 'selections'} by and, or, not and brackets, or write 1 of"
        " name_*, all of name_*, 1 of them."
    )


def _selection(node: Node, read: Reader) -> tree.Node:
    """A mapping is 'and', a list is 'or', bare values are keywords."""
    read.budget.spend(node)
    if isinstance(node, MappingNode):
        items = tuple(
            _item(key, value, read) for key, value in document.pairs(node, read.budget).values()
        )
        if not items:
            raise read.refuse("the selection is empty", node)
        return items[0] if len(items) == 1 else tree.And(items)
    if isinstance(node, SequenceNode):
        return _list_selection(node, read)
    return _make(node, "", (), [read.value(node)], read)


def _list_selection(node: SequenceNode, read: Reader) -> tree.Node:
    scalars = [part for part in node.value if isinstance(part, ScalarNode)]
    parts = [_selection(part, read) for part in node.value if not isinstance(part, ScalarNode)]
    if scalars:
        parts.append(_make(scalars[0], "", (), [read.value(part) for part in scalars], read))
    if not parts:
        raise read.refuse("the selection is empty", node)
    return parts[0] if len(parts) == 1 else tree.Or(tuple(parts))


def _item(key: ScalarNode, node: Node, read: Reader) -> tree.Item:
    name, *modifiers = str(key.value).split("|")
    nodes = node.value if isinstance(node, SequenceNode) else [node]
    return _make(key, name, modifiers, [read.value(part) for part in nodes], read)


def _make(
    node: Node, name: str, modifiers: Sequence[str], values: list[Value], read: Reader
) -> tree.Item:
    """An error without its own place gets this node's."""
    try:
        return make_item(name, modifiers, values, read.placeholders)
    except RuleRefused as error:
        error.place = error.place or document.place_of(node, read.path)
        error.advice = error.advice or _ASKING
        raise
