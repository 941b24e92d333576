"""One YAML document → one Rule, Filter or correlation Draft, or RuleRefused with the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect.correlate.read import read_correlation
from hinomi.detect.filters import read_filter
from hinomi.detect.head import Keys, Reader, read_head
from hinomi.detect.rule import Rule
from hinomi.detect.selections import read_detection, read_logsource

if TYPE_CHECKING:
    from yaml.nodes import Node

    from hinomi.detect import tree
    from hinomi.detect.correlate.correlation import Draft
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.rule import Filter


def parse_document(node: Node, *, path: str, placeholders: Placeholders) -> Rule | Filter | Draft:
    """What the document is, by the key that only its kind has. Raises RuleRefused."""
    read = Reader(path, node, placeholders)
    keys = read.keys(node, what="a rule")
    if "correlation" in keys:
        return read_correlation(keys, node, read)
    if "filter" in keys and "detection" not in keys:
        return read_filter(keys, node, read)
    return _rule(keys, node, read)


def _rule(keys: Keys, node: Node, read: Reader) -> Rule:
    read.text(keys, "title", required=True)
    logsource = read_logsource(keys, node, read)
    condition = _detection(keys, node, read)
    return Rule(**read_head(keys, node, read), logsource=logsource, condition=condition)


def _detection(keys: Keys, node: Node, read: Reader) -> tree.Node:
    if "detection" not in keys:
        raise read.refuse("the rule has no 'detection'", node)
    key, body = keys["detection"]
    return read_detection(key, read.keys(body, what="'detection'"), read)
