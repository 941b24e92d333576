"""The extended condition of temporal correlations, `a and (b or not c)` → its alternatives."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.detect import document, tree
from hinomi.detect.condition import parse_condition
from hinomi.detect.correlate.correlation import Branch, Expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yaml.nodes import Node

    from hinomi.detect.head import Reader

MOST_BRANCHES = 64
_WORD = re.compile(r"[\w.\-]+")
_WORDS = {"and", "or", "not", "1", "any", "all", "of", "them"}


def read_expression(node: Node, names: Sequence[str], read: Reader) -> Expression:
    """`names` are the correlation's `rules`; when it has none, those the expression names."""
    text = str(document.scalar(node, read.path) or "")
    known = tuple(names) or _names_in(text)
    try:
        parsed = parse_condition(text, {name: tree.Item(name, ()) for name in known})
        branches = tuple(dict.fromkeys(_branches(parsed, known, wanted=True)))
    except RuleRefused as error:
        raise read.refuse(error.message, node) from error
    unused = [name for name in known if name not in _WORD.findall(text) and " of " not in text]
    if unused:
        raise read.refuse(f"the condition says nothing about the rule {unused[0]!r}", node)
    if any(not branch.present for branch in branches):
        raise read.refuse("the condition is true when nothing at all has happened", node)
    return Expression(text, branches, known)


def _names_in(text: str) -> tuple[str, ...]:
    words = (word for word in _WORD.findall(text) if word.lower() not in _WORDS)
    return tuple(dict.fromkeys(words))


def _branches(node: tree.Node, names: Sequence[str], *, wanted: bool) -> Iterator[Branch]:
    """The alternatives under which the node is `wanted`; order of parts as written."""
    if isinstance(node, tree.Not):
        yield from _branches(node.part, names, wanted=not wanted)
    elif isinstance(node, (tree.And, tree.Or)):
        yield from _joined(node, names, wanted=wanted)
    elif isinstance(node, tree.Named):
        yield from _branches(node.part, names, wanted=wanted)
    else:
        part = names.index(node.field)
        yield Branch((part,)) if wanted else Branch((), frozenset({part}))


def _joined(node: tree.And | tree.Or, names: Sequence[str], *, wanted: bool) -> Iterator[Branch]:
    """Not (a and b) is (not a) or (not b), and the other way round."""
    parts = [list(_branches(part, names, wanted=wanted)) for part in node.parts]
    if isinstance(node, tree.Or) == wanted:
        yield from itertools.chain.from_iterable(parts)
        return
    count = 1
    for alternatives in parts:
        count *= len(alternatives)
    if count > MOST_BRANCHES:
        raise RuleRefused(f"the condition has more than {MOST_BRANCHES} alternatives")
    for chosen in itertools.product(*parts):
        present = tuple(dict.fromkeys(part for branch in chosen for part in branch.present))
        absent = frozenset[int]().union(*(branch.absent for branch in chosen))
        if not absent & set(present):
            yield Branch(present, absent)
