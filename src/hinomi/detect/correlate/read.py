"""A correlation document (Sigma Correlation Rules 2.x) → Draft, or RuleRefused with the place."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode

from hinomi.detect import document
from hinomi.detect.correlate.correlation import (
    COMPARISONS,
    NUMERIC,
    TEMPORAL,
    Alias,
    Bounds,
    Correlation,
    Draft,
    Expression,
    Kind,
)
from hinomi.detect.correlate.expression import read_expression
from hinomi.detect.correlate.window import MOST_OCCURRENCES
from hinomi.detect.filters import read_references
from hinomi.detect.head import read_head
from hinomi.detect.rule import Reference

if TYPE_CHECKING:
    from hinomi.detect.head import Keys, Reader

LONGEST = timedelta(days=31)  # what is remembered must end some day; a month is the longest unit
MOST_RULES = 64
_TIMESPAN = re.compile(r"([0-9]{1,9})([smhdwMy])")
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_KEYS = {"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}
_COUNTED = frozenset({Kind.EVENT_COUNT, Kind.VALUE_COUNT, *TEMPORAL})


def read_correlation(keys: Keys, node: Node, read: Reader) -> Draft:
    """Everything but the rules it names is decided here."""
    read.text(keys, "title", required=True)
    key, body = keys["correlation"]
    found = read.keys(body, what="'correlation'")
    for name, (at, _) in found.items():
        if name not in _KEYS:
            raise read.refuse(f"'correlation' knows no {name!r}", at)
    kind = Kind(_needed(found, "type", key, read, choice=True))
    timespan = _needed(found, "timespan", key, read)
    span = _span(timespan, found["timespan"][1], read)
    rules = read_references(found["rules"][1], read) if "rules" in found else ()
    condition, values, percentile = _condition(found, kind, rules, key, read)
    if not rules and isinstance(condition, Expression):
        rules = _named_in(condition, found["condition"][1], read)
    if not rules:
        raise read.refuse("'correlation' names no 'rules'", key)
    if len(rules) > MOST_RULES:
        raise read.refuse(f"a correlation can join at most {MOST_RULES} rules", found["rules"][0])
    correlation = Correlation(
        **read_head(keys, node, read),
        kind=kind,
        group_by=read.texts(found, "group-by"),
        timespan=timespan,
        span=span,
        condition=condition,
        values=values,
        percentile=percentile,
        generate=_truth(found, read) or _truth(keys, read),
    )
    return Draft(correlation, rules, _aliases(found, read))


def _needed(found: Keys, name: str, key: ScalarNode, read: Reader, *, choice: bool = False) -> str:
    text = read.choice(found, name, list(Kind)) if choice else read.text(found, name)
    if not text:
        raise read.refuse(
            f"'correlation' has no {name!r}", found[name][0] if name in found else key
        )
    return text


def _span(text: str, node: Node, read: Reader) -> timedelta:
    parsed = _TIMESPAN.fullmatch(text)
    if parsed is None or not int(parsed[1]):
        raise read.refuse(f"'timespan' is {text!r}; write a number and s, m, h, d, w or M", node)
    seconds = int(parsed[1]) * _UNIT_S[parsed[2]]
    if seconds > LONGEST.total_seconds():
        reason = f"'timespan' is {text!r}; more than {LONGEST.days} days cannot be remembered"
        raise read.refuse(reason, node)
    return timedelta(seconds=seconds)


def _condition(
    found: Keys, kind: Kind, rules: tuple[Reference, ...], key: ScalarNode, read: Reader
) -> tuple[Bounds | Expression, tuple[str, ...], float]:
    node = found["condition"][1] if "condition" in found else None
    if node is None and kind in TEMPORAL:
        return Bounds((("gte", len(rules)),)), (), 50
    if node is None:
        raise read.refuse(f"a correlation of type {kind} needs a 'condition'", key)
    if isinstance(node, MappingNode):
        return _bounds(node, kind, read)
    if kind not in TEMPORAL:
        reason = f"the condition of {kind} must be a comparison such as: gte: 5"
        raise read.refuse(reason, node)
    names = [reference.text for reference in rules]
    return read_expression(node, names, read), (), 50


def _bounds(node: MappingNode, kind: Kind, read: Reader) -> tuple[Bounds, tuple[str, ...], float]:
    given = document.pairs(node, read.budget)
    for name, (at, _) in given.items():
        if name not in COMPARISONS and name not in ("field", "percentile"):
            words = ", ".join(COMPARISONS)
            raise read.refuse(f"the condition knows no {name!r}; it can be {words}", at)
    tests = tuple(
        (name, _number(body, kind, read))
        for name, (_, body) in given.items()
        if name in COMPARISONS
    )
    if not tests:
        words = ", ".join(COMPARISONS)
        raise read.refuse(f"the condition compares nothing; it needs one of {words}", node)
    return Bounds(tests), _values(given, kind, node, read), _percentile(given, kind, read)


def _number(node: Node, kind: Kind, read: Reader) -> float:
    found = document.scalar(node, read.path)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise read.refuse("the condition must compare with a number", node)
    if kind in _COUNTED and (found != int(found) or found < 0):
        raise read.refuse(f"{kind} counts: the number must be whole and not below 0", node)
    if kind in _COUNTED and found > MOST_OCCURRENCES:
        raise read.refuse(f"more than {MOST_OCCURRENCES:,} hits of one group are not kept", node)
    return found


def _values(given: Keys, kind: Kind, node: Node, read: Reader) -> tuple[str, ...]:
    values = read.texts(given, "field")
    if kind is Kind.VALUE_COUNT and not values:
        raise read.refuse("value_count needs a 'field' in its condition", node)
    if kind in NUMERIC and len(values) != 1:
        raise read.refuse(f"{kind} needs exactly one 'field' in its condition", node)
    if values and kind is not Kind.VALUE_COUNT and kind not in NUMERIC:
        raise read.refuse(f"{kind} has no use for a 'field'", given["field"][0])
    return values


def _percentile(given: Keys, kind: Kind, read: Reader) -> float:
    if "percentile" not in given:
        return 50
    key, node = given["percentile"]
    if kind is not Kind.VALUE_PERCENTILE:
        raise read.refuse(f"{kind} has no use for a 'percentile'", key)
    found = document.scalar(node, read.path)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found <= 100:
        raise read.refuse("'percentile' must be a number from 0 to 100", node)
    return found


def _aliases(found: Keys, read: Reader) -> tuple[Alias, ...]:
    if "aliases" not in found:
        return ()
    aliases = []
    for name, (_, body) in read.keys(found["aliases"][1], what="'aliases'").items():
        for rule, (key, node) in read.keys(body, what=f"the alias {name!r}").items():
            at = Reference(rule, document.place_of(key, read.path))
            aliases.append(Alias(name, at, read.value(node).source))
    return tuple(aliases)


def _named_in(condition: Expression, node: Node, read: Reader) -> tuple[Reference, ...]:
    """Without 'rules' the expression says which, in its order."""
    at = document.place_of(node, read.path)
    return tuple(Reference(name, at) for name in condition.names)


def _truth(keys: Keys, read: Reader) -> bool:
    """`generate` stands inside 'correlation'; the published schema has it beside."""
    if "generate" not in keys:
        return False
    node = keys["generate"][1]
    found = document.scalar(node, read.path)
    if not isinstance(found, bool):
        raise read.refuse("'generate' must be true or false", node)
    return found
