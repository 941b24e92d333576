"""Sigma filters: what a filter document says, and the rules it changes.

A filter's condition is required beside the rule's own ("rule and filter"), as the reference
implementation does it; so a filter that takes things out says `condition: not selection`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from yaml.nodes import Node, ScalarNode, SequenceNode

from hinomi.detect import document, tree
from hinomi.detect.head import read_head
from hinomi.detect.rule import Filter, Reference, Refusal
from hinomi.detect.selections import read_detection, read_logsource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.detect.head import Keys, Reader
    from hinomi.detect.rule import Logsource, Rule

_EVERY = "any"


def read_filter(keys: Keys, node: Node, read: Reader) -> Filter:
    """Raises RuleRefused with line and column."""
    read.text(keys, "title", required=True)
    logsource = read_logsource(keys, node, read)
    key, body = keys["filter"]
    found = read.keys(body, what="'filter'")
    references = _references(key, found, read)
    condition = read_detection(key, found, read, beside="rules")
    head = read_head(keys, node, read)
    return Filter(
        id=head["id"],
        title=head["title"],
        path=head["path"],
        line=head["line"],
        digest=head["digest"],
        logsource=logsource,
        condition=condition,
        rules=references,
    )


def _references(key: ScalarNode, found: Keys, read: Reader) -> tuple[Reference, ...]:
    if "rules" not in found:
        raise read.refuse("'filter' has no 'rules'; write ids, names, or: rules: any", key)
    node = found["rules"][1]
    if isinstance(node, ScalarNode) and str(node.value).lower() == _EVERY:
        return ()
    return read_references(node, read)


def read_references(node: Node, read: Reader) -> tuple[Reference, ...]:
    """One id or name, or a list of them; each once."""
    parts = node.value if isinstance(node, SequenceNode) else [node]
    seen: dict[str, Reference] = {}
    for part in parts:
        text = read.value(part).source
        if not text:
            raise read.refuse("an empty reference names no rule", part)
        if text in seen:
            raise read.refuse(f"the rule {text!r} is named twice", part)
        seen[text] = Reference(text, document.place_of(part, read.path))
    return tuple(seen.values())


def apply_filters(
    rules: Sequence[Rule], filters: Iterable[Filter]
) -> tuple[tuple[Rule, ...], list[Refusal]]:
    """The rules with their filters in them, and every reference that could not be followed.

    One reference that leads nowhere does not undo the filter for the others: that would let
    through exactly what somebody took out.
    """
    changed = {rule.id: rule for rule in rules}
    refused: list[Refusal] = []
    for one in filters:
        refused += _unknown(one, rules)
        for rule in _meant(one, rules):
            changed[rule.id] = _filtered(changed[rule.id], one)
    return tuple(changed.values()), refused


def _meant(one: Filter, rules: Sequence[Rule]) -> Iterator[Rule]:
    wanted = {reference.text for reference in one.rules}
    for rule in rules:
        if _covers(one.logsource, rule.logsource) and (
            not wanted or rule.id in wanted or (rule.name and rule.name in wanted)
        ):
            yield rule


def _unknown(one: Filter, rules: Sequence[Rule]) -> Iterator[Refusal]:
    for reference in one.rules:
        named = [rule for rule in rules if reference.text in (rule.id, rule.name)]
        at = reference.place
        if not named:
            reason = f"the filter names {reference.text!r}, which no loaded rule has as id or name"
            yield Refusal(at.path, at.line, at.column, reason)
        elif not any(_covers(one.logsource, rule.logsource) for rule in named):
            reason = (
                f"the filter's log source {one.logsource} does not cover the rule"
                f" {reference.text!r} ({named[0].logsource})"
            )
            yield Refusal(at.path, at.line, at.column, reason)


def _covers(wide: Logsource, narrow: Logsource) -> bool:
    """A part that the filter's log source leaves open fits every rule."""
    pairs = (
        (wide.product, narrow.product),
        (wide.category, narrow.category),
        (wide.service, narrow.service),
    )
    return all(not asked or asked == has for asked, has in pairs)


def _filtered(rule: Rule, one: Filter) -> Rule:
    digest = hashlib.sha256(f"{rule.digest}\0{one.digest}".encode()).hexdigest()
    return replace(
        rule,
        condition=tree.And((rule.condition, one.condition)),
        digest=digest,
        filtered_by=(*rule.filtered_by, one.title),
    )
