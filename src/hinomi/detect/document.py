"""YAML text → nodes that know their line and column, within limits; foreign text is tamed here.

Aliases are kept as shared nodes, so every reader of a node counts what it visits (`Budget`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hinomi.core.errors import Place, RuleRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml._yaml import Mark as CMark

    from hinomi.detect.rule import Plain

LARGEST_BYTES = 5 * 1024 * 1024  # 50,000 hashes in one rule
_LARGE = 256 * 1024  # below this nobody can write enough nodes to matter
_DEEPEST = 60
_MOST_NODES = 400_000  # a rule of SigmaHQ has at most a few thousand; one of 50,000 values loads
# Visited nodes: without aliases a file has fewer than characters; each may be looked at again.
_VISITS_PER_CHARACTER, _VISITS_OF_A_SHORT_FILE = 4, 20_000
_LOOKS_DEEP = re.compile(r"^[ \t?:-]{200}", re.MULTILINE)
_MERGE = "tag:yaml.org,2002:merge"
_YAML = (
    "Look at indentation, quotes and brackets there and just before; a text with : # & * % @ or a"
    " backslash at its beginning belongs in single quotes."
)
_LONGEST_NUMBER = 80  # digits and the `_` between them


class Budget:
    """Counts visited nodes of one document: aliases can make a small file an endless one, so it
    has as many as its size gives reason for."""

    def __init__(self, path: str, root: Node) -> None:
        written = _VISITS_PER_CHARACTER * root.end_mark.index
        self.path = path
        self.left = min(_MOST_NODES, max(_VISITS_OF_A_SHORT_FILE, written))

    def spend(self, node: Node) -> None:
        """One more node. Raises RuleRefused when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise refused("the file unfolds to more than it may (YAML aliases)", self.path, node)


def refused(reason: str, path: str, node: Node | None, *, advice: str = "") -> RuleRefused:
    """The error for this node, with its place."""
    place = place_of(node, path) if node else Place(path)
    return RuleRefused(reason, place=place, advice=advice)


def place_of(node: Node, path: str) -> Place:
    """Where the node begins."""
    return _place(path, node.start_mark)


def read_documents(content: bytes, *, path: str) -> Iterator[Node]:
    """Each document's root. Raises RuleRefused at the first fault; documents before it stand."""
    text = _decode(content, path=path)
    try:
        opened = text.count("[") + text.count("{")
        if len(text) > _LARGE or opened > 300 or _LOOKS_DEEP.search(text):
            _check_size(text, path=path)  # costs a second reading, so only where it can matter
        for node in yaml.compose_all(text, Loader=yaml.CSafeLoader):
            if node is not None:
                yield node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        where = _place(path, mark)
        raise RuleRefused(f"not readable as YAML: {reason}", place=where, advice=_YAML) from error
    except yaml.YAMLError as error:
        where = _odd_character(text, path=path)
        raise RuleRefused("not readable as YAML: it holds a control character", place=where) from (
            error
        )


def pairs(node: MappingNode, budget: Budget) -> dict[str, tuple[ScalarNode, Node]]:
    """Key text → (key node, value node), in order, `<<` merged. Doubled keys are refused."""
    found: dict[str, tuple[ScalarNode, Node]] = {}
    merged: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in node.value:
        budget.spend(key)
        if not isinstance(key, ScalarNode):
            raise refused("a key must be a word, not a list or a mapping", budget.path, key)
        if key.tag == _MERGE:
            merged |= _merged(value, budget)
        elif key.value in found:
            raise refused(f"the key {key.value!r} is given twice", budget.path, key)
        else:
            found[key.value] = (key, value)
    return {**merged, **found} if merged else found


def _merged(node: Node, budget: Budget) -> dict[str, tuple[ScalarNode, Node]]:
    """What `<<` brings: one mapping, or several of which the first that has a key counts."""
    found: dict[str, tuple[ScalarNode, Node]] = {}
    for part in reversed(node.value if isinstance(node, SequenceNode) else [node]):
        if not isinstance(part, MappingNode):
            raise refused("'<<' takes a mapping, or a list of them", budget.path, part)
        found |= pairs(part, budget)
    return found


def plain(node: Node, budget: Budget) -> Plain:
    """The node as Python values: null, bool, int, float, str, list, dict."""
    budget.spend(node)
    if isinstance(node, MappingNode):
        return {key: plain(value, budget) for key, (_, value) in pairs(node, budget).items()}
    if isinstance(node, SequenceNode):
        return [plain(part, budget) for part in node.value]
    return scalar(node, budget.path)


def scalar(node: Node, path: str) -> bool | int | float | str | None:
    """One scalar by YAML 1.1's rules; times and dates stay the text they are."""
    if not isinstance(node, ScalarNode):
        raise refused("expected a single value here", path, node)
    read = _SCALARS.get(node.tag)
    if read is None:
        return str(node.value)
    try:
        return read(node)
    except (ValueError, yaml.YAMLError) as error:
        raise refused(f"{node.value!r} is not a proper value", path, node) from error


def merge_documents(base: Node | None, node: Node) -> Node:
    """`action: global`: the document laid over what all documents share, mapping by mapping."""
    if not isinstance(base, MappingNode) or not isinstance(node, MappingNode):
        return node
    over: Mapping[str, tuple[Node, Node]] = {key.value: (key, value) for key, value in node.value}
    joined = [
        (key, merge_documents(value, over[key.value][1]) if key.value in over else value)
        for key, value in base.value
    ]
    known = {key.value for key, _ in base.value}
    joined += [pair for name, pair in over.items() if name not in known]
    return MappingNode(node.tag, joined, node.start_mark, node.end_mark)


def _decode(content: bytes, *, path: str) -> str:
    if len(content) > LARGEST_BYTES:
        reason = f"larger than {LARGEST_BYTES:,} bytes; split it into several files"
        raise RuleRefused(reason, place=Place(path, 1, 1))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        where = Place(path, line, column)
        raise RuleRefused("the text is not UTF-8; save it as UTF-8", place=where) from error


def _check_size(text: str, *, path: str) -> None:
    """Walks YAML events, which need neither recursion nor memory: composing a very deep file would
    crash, and one of very many words take all the memory there is."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if count > _MOST_NODES:
            where = _place(path, event.start_mark)
            raise RuleRefused(f"it holds more than {_MOST_NODES:,} words", place=where)
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > _DEEPEST:
                where = _place(path, event.start_mark)
                raise RuleRefused(f"nested deeper than {_DEEPEST} levels", place=where)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


def _place(path: str, mark: yaml.Mark | CMark | None) -> Place:
    if mark is None:
        return Place(path)
    return Place(path, mark.line + 1, mark.column + 1)


def _odd_character(text: str, *, path: str) -> Place:
    """Where the first character stands that YAML does not allow; the C reader does not say."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return Place(path)
    line = text.count("\n", 0, found.start()) + 1
    return Place(path, line, found.start() - text.rfind("\n", 0, found.start()))


def _whole(node: ScalarNode) -> int | str:
    """A number beyond 64 bits stays the text it is: nothing that keeps numbers could hold it."""
    if len(node.value) > _LONGEST_NUMBER:
        return str(node.value)
    number = int(yaml.SafeLoader("").construct_yaml_int(node))
    return number if -(2**63) <= number < 2**63 else str(node.value)


def _fraction(node: ScalarNode) -> float:
    return float(yaml.SafeLoader("").construct_yaml_float(node))


def _truth(node: ScalarNode) -> bool:
    return str(node.value).lower() in ("yes", "true", "on")


_SCALARS = {
    "tag:yaml.org,2002:null": lambda _node: None,
    "tag:yaml.org,2002:bool": _truth,
    "tag:yaml.org,2002:int": _whole,
    "tag:yaml.org,2002:float": _fraction,
}
