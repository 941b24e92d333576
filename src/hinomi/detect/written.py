"""Conditions as plain lists that any serialiser can keep, and back. Never pickled.

A regular expression that was once found harmless is written as its compiled pieces.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from hinomi.detect.regex import Expression
from hinomi.detect.tree import And, Ask, Item, Named, Node, Not, Or
from hinomi.detect.values import (
    Cidr,
    Compare,
    Exists,
    FieldRef,
    Listed,
    Moment,
    Null,
    Order,
    Regex,
    Test,
    Text,
    TimePart,
    Wild,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Written = list[Any]  # [word, …]; what follows depends on the word, as the tables below say
_WILDS = {0: Wild.ANY, 1: Wild.ONE}


def write_test(test: Test) -> Written:
    """The test as a list that begins with its word."""
    return _WRITERS[type(test)](test)


def read_test(written: Written) -> Test:
    """The test again; an unknown word is a KeyError, which the keeper of the file expects."""
    word, *rest = written
    return _READERS[word](*rest)


def write_node(node: Node) -> Written:
    """The whole tree."""
    if isinstance(node, (And, Or)):
        return ["and" if isinstance(node, And) else "or", [write_node(one) for one in node.parts]]
    if isinstance(node, Not):
        return ["not", write_node(node.part)]
    if isinstance(node, Named):
        return ["named", node.name, write_node(node.part)]
    asks = [[ask.shown, [write_test(test) for test in ask.tests]] for ask in node.asks]
    return ["item", node.field, asks, node.needs_all, node.negated]


def read_node(written: Written) -> Node:
    """The tree again."""
    word, *rest = written
    return _NODES[word](*rest)


def _item(field: str, asks: list[Any], needs_all: bool, negated: bool) -> Item:
    made = tuple(Ask(tuple(map(read_test, tests)), shown) for shown, tests in asks)
    return Item(field, made, needs_all, negated)


_NODES: dict[str, Callable[..., Node]] = {
    "and": lambda parts: And(tuple(map(read_node, parts))),
    "or": lambda parts: Or(tuple(map(read_node, parts))),
    "not": lambda part: Not(read_node(part)),
    "named": lambda name, part: Named(name, read_node(part)),
    "item": _item,
}


def _write_text(test: Text) -> Written:
    parts = [part if isinstance(part, str) else int(part is Wild.ONE) for part in test.parts]
    return ["text", parts, test.cased] if test.cased else ["text", parts]


def _read_text(parts: list[str | int], cased: bool = False) -> Text:
    return Text(tuple(p if isinstance(p, str) else _WILDS[p] for p in parts), cased)


def _write_regex(test: Regex) -> Written:
    pieces = [[piece.pattern, piece.flags] for piece in test.expression.pieces]
    return ["re", pieces, test.expression.crosses_lines, test.expression.reach]


def _read_regex(pieces: list[tuple[str, int]], crosses_lines: bool, reach: int) -> Regex:
    made = tuple(re.compile(pattern, flags) for pattern, flags in pieces)
    return Regex(Expression(made, crosses_lines, reach))


_WRITERS: dict[type[Test], Callable[[Any], Written]] = {
    Text: _write_text,
    Regex: _write_regex,
    Cidr: lambda test: ["cidr", str(test.network)],
    Compare: lambda test: ["compare", test.order.value, test.number],
    Moment: lambda test: ["moment", test.part.value, test.order.value, test.number],
    Null: lambda _test: ["null"],
    Exists: lambda test: ["exists", test.wanted],
    FieldRef: lambda test: ["field", test.field, test.starts, test.ends, test.cased],
    Listed: lambda test: [
        "listed",
        test.source,
        list(test.names),
        list(test.modifiers),
        test.is_keyword,
    ],
}
_READERS: dict[str, Callable[..., Test]] = {
    "text": _read_text,
    "re": _read_regex,
    "cidr": lambda network: Cidr(ipaddress.ip_network(network)),
    "compare": lambda order, number: Compare(Order(order), number),
    "moment": lambda part, order, number: Moment(TimePart(part), Order(order), number),
    "null": Null,
    "exists": Exists,
    "field": FieldRef,
    "listed": lambda source, names, words, is_keyword: Listed(
        source, tuple(names), tuple(words), is_keyword
    ),
}
