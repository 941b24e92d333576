"""One YAML document → one Rule, or RuleRefused with the place of the fault."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hinomi.core.errors import RuleRefused
from hinomi.core.words import Level
from hinomi.detect import document, tree
from hinomi.detect.condition import parse_condition
from hinomi.detect.handling import read_handling
from hinomi.detect.modifiers import Placeholders, Value, make_item
from hinomi.detect.rule import Logsource, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Keys = dict[str, tuple[ScalarNode, Node]]
_STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
_LONGEST_TITLE = 500


@dataclass(slots=True)
class _Reader:
    """What every step needs: the file's name, its budget, and the placeholders that are filled."""

    path: str
    budget: document.Budget
    placeholders: Placeholders

    def refuse(self, reason: str, node: Node | None) -> RuleRefused:
        return document.refused(reason, self.path, node)

    def keys(self, node: Node, *, what: str) -> Keys:
        if not isinstance(node, MappingNode):
            raise self.refuse(f"{what} must be a mapping (key: value)", node)
        return document.pairs(node, self.budget)


def parse_rule(node: Node, *, path: str, placeholders: Placeholders) -> Rule:
    """The rule in a document. Raises RuleRefused with line and column."""
    read = _Reader(path, document.Budget(path), placeholders)
    keys = read.keys(node, what="a rule")
    _refuse_other_kinds(keys, read)
    title = _text(keys, "title", read, required=True)
    if len(title) > _LONGEST_TITLE:
        raise read.refuse(f"the title is longer than {_LONGEST_TITLE} characters", keys["title"][1])
    logsource = _logsource(keys, read, node)
    condition = _detection(keys, read, node)
    texts = {name: _text(keys, name, read) for name in ("description", "author")}
    digest = _digest(keys, read)
    return Rule(
        id=_text(keys, "id", read) or _derived_id(path, title),
        title=title,
        level=Level(_choice(keys, "level", list(Level), read) or Level.MEDIUM),
        status=_choice(keys, "status", _STATUSES, read),
        logsource=logsource,
        condition=condition,
        path=path,
        line=node.start_mark.line + 1,
        digest=digest,
        tags=_list(keys, "tags", read),
        date=_text(keys, "date", read),
        modified=_text(keys, "modified", read),
        references=_list(keys, "references", read),
        falsepositives=_list(keys, "falsepositives", read),
        handling=read_handling(keys["hinomi"][1] if "hinomi" in keys else None, read.budget),
        **texts,
    )


def _refuse_other_kinds(keys: Keys, read: _Reader) -> None:
    if "correlation" in keys:
        key, body = keys["correlation"]
        named = document.plain(body, read.budget)
        kind = f" ({named.get('type')})" if isinstance(named, dict) else ""
        raise read.refuse(f"correlation rules are not supported yet{kind}", key)
    if "filter" in keys and "detection" not in keys:
        raise read.refuse("filter documents are not supported yet", keys["filter"][0])


def _logsource(keys: Keys, read: _Reader, node: Node) -> Logsource:
    if "logsource" not in keys:
        raise read.refuse("the rule has no 'logsource'", node)
    found = read.keys(keys["logsource"][1], what="'logsource'")
    words = {
        name: _text(found, name, read).strip().lower()
        for name in ("product", "category", "service")
    }
    if not any(words.values()):
        raise read.refuse("'logsource' names no product, category or service", keys["logsource"][0])
    return Logsource(**words)


def _detection(keys: Keys, read: _Reader, node: Node) -> tree.Node:
    if "detection" not in keys:
        raise read.refuse("the rule has no 'detection'", node)
    found = read.keys(keys["detection"][1], what="'detection'")
    if "condition" not in found:
        raise read.refuse("'detection' has no 'condition'", keys["detection"][0])
    selections = {
        name: _selection(body, read)
        for name, (_, body) in found.items()
        if name not in ("condition", "timeframe")
    }
    if "timeframe" in found:
        raise read.refuse("'timeframe' belongs to correlation rules", found["timeframe"][0])
    return _conditions(found["condition"][1], selections, read)


def _conditions(node: Node, selections: Mapping[str, tree.Node], read: _Reader) -> tree.Node:
    """Several conditions are alternatives."""
    lines = node.value if isinstance(node, SequenceNode) else [node]
    parsed = []
    for line in lines:
        text = document.scalar(line, read.path)
        try:
            parsed.append(parse_condition(str(text or ""), selections))
        except RuleRefused as error:
            raise read.refuse(error.message, line) from error
    if not parsed:
        raise read.refuse("the condition is empty", node)
    return parsed[0] if len(parsed) == 1 else tree.Or(tuple(parsed))


def _selection(node: Node, read: _Reader) -> tree.Node:
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
    return _make(node, "", (), [_value(node, read)], read)


def _list_selection(node: SequenceNode, read: _Reader) -> tree.Node:
    scalars = [part for part in node.value if isinstance(part, ScalarNode)]
    parts = [_selection(part, read) for part in node.value if not isinstance(part, ScalarNode)]
    if scalars:
        parts.append(_make(scalars[0], "", (), [_value(part, read) for part in scalars], read))
    if not parts:
        raise read.refuse("the selection is empty", node)
    return parts[0] if len(parts) == 1 else tree.Or(tuple(parts))


def _item(key: ScalarNode, node: Node, read: _Reader) -> tree.Item:
    name, *modifiers = str(key.value).split("|")
    nodes = node.value if isinstance(node, SequenceNode) else [node]
    return _make(key, name, modifiers, [_value(part, read) for part in nodes], read)


def _make(
    node: Node, name: str, modifiers: Sequence[str], values: list[Value], read: _Reader
) -> tree.Item:
    """An error without its own place gets this node's."""
    try:
        return make_item(name, modifiers, values, read.placeholders)
    except RuleRefused as error:
        raise error if error.place else read.refuse(error.message, node) from error


def _value(node: Node, read: _Reader) -> Value:
    read.budget.spend(node)
    if not isinstance(node, ScalarNode):
        raise read.refuse("a value must be a single value, not a list or a mapping", node)
    at = document.place_of(node, read.path)
    return Value(document.scalar(node, read.path), str(node.value), at)


def _text(keys: Keys, name: str, read: _Reader, *, required: bool = False) -> str:
    node = keys[name][1] if name in keys else None
    if node is None or (isinstance(node, ScalarNode) and document.scalar(node, read.path) is None):
        if required:
            at = keys[name][0] if name in keys else next(iter(keys.values()), (None,))[0]
            raise read.refuse(f"the rule has no {name!r}", at)
        return ""
    if not isinstance(node, ScalarNode):
        raise read.refuse(f"{name!r} must be a text", node)
    return str(node.value)


def _choice(keys: Keys, name: str, allowed: Sequence[str], read: _Reader) -> str:
    text = _text(keys, name, read).lower()
    if text and text not in allowed:
        words = ", ".join(map(str, allowed))
        raise read.refuse(f"{name!r} is {text!r}; it can be {words}", keys[name][1])
    return text


def _list(keys: Keys, name: str, read: _Reader) -> tuple[str, ...]:
    """A list of texts; a single text counts as a list of one, as many rules write it."""
    if name not in keys:
        return ()
    node = keys[name][1]
    if isinstance(node, ScalarNode):
        text = _text(keys, name, read)
        return (text,) if text else ()
    if not isinstance(node, SequenceNode):
        raise read.refuse(f"{name!r} must be a list", node)
    return tuple(_value(part, read).source for part in node.value)


def _derived_id(path: str, title: str) -> str:
    """The same file name and title give the same id, wherever the rules are unpacked."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return "derived-" + hashlib.sha256(f"{name}\0{title}".encode()).hexdigest()[:32]


def _digest(keys: Keys, read: _Reader) -> str:
    body = repr(
        sorted((name, document.plain(node, read.budget)) for name, (_, node) in keys.items())
    )
    return hashlib.sha256(f"{body}\0{sorted(read.placeholders.items())}".encode()).hexdigest()
