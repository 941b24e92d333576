"""What `rules check` tells of rules that load but do not fire: never, or not yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from hinomi.cli.rows import write_rows
from hinomi.detect.correlate.never import never_met
from hinomi.detect.never import never_firing
from hinomi.detect.tree import placeholders_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.detect import RuleSet
    from hinomi.detect.correlate import Correlation

_SHOWN = 30


def told(rules: RuleSet, correlations: Sequence[Correlation]) -> dict[str, list[dict[str, object]]]:
    """`never`: cannot fire today, and why. `waiting`: fires for an organisation that has values.
    `products`: how many of each product's rules are which."""
    dead = list(never_firing(rules.rules, rules.bound))
    unmet = never_met(correlations, (one.rule.id for one in dead))
    reasons = [(one.rule.path, one.rule.line, one.reason) for one in dead]
    reasons += [(one.path, one.line, reason) for one, reason in unmet]
    never: list[dict[str, object]] = [
        {"path": path, "line": line, "reason": reason} for path, line, reason in reasons
    ]
    waiting: list[dict[str, object]] = [
        {"path": rule.path, "line": rule.line, "placeholders": sorted(names)}
        for rule in rules.rules
        if (names := placeholders_of(rule.condition))
    ]
    idle = {one.rule.id for one in dead}
    return {"never": never, "waiting": waiting, "products": _by_product(rules, idle)}


def _by_product(rules: RuleSet, idle: set[str]) -> list[dict[str, object]]:
    """The largest first; what neither waits nor is idle fires."""
    products: dict[str, Counter[str]] = defaultdict(Counter)
    for rule in rules.rules:
        kinds = {
            "rules": True,
            "fire": rule.id not in idle and not placeholders_of(rule.condition),
            "no_source": not rules.has_source(rule),
            "never": rule.id in idle and rules.has_source(rule),
            "waiting": rule.id not in idle and bool(placeholders_of(rule.condition)),
        }
        name = rule.logsource.product or f"any ({rule.logsource.category or 'service'})"
        products[name].update({kind: int(is_so) for kind, is_so in kinds.items()})
    largest = sorted(products.items(), key=lambda row: (-row[1]["rules"], row[0]))
    return [{"product": name, **counts} for name, counts in largest]


def print_told(rules: RuleSet, correlations: Sequence[Correlation]) -> None:
    """For people: contradictions in full; sources without a format were counted already."""
    found = told(rules, correlations)
    if len(found["products"]) > 1:
        write_rows(found["products"], "table")
    if found["waiting"]:
        names = sorted({name for one in found["waiting"] for name in _names(one)})
        print(
            f"{len(found['waiting']):,} of them wait for an organisation's own values of"
            f" {', '.join(f'%{name}%' for name in names)} (`hinomi organisation values`)."
        )
    without_source = {(rule.path, rule.line) for rule in rules.without_source}
    impossible = [one for one in found["never"] if (one["path"], one["line"]) not in without_source]
    if impossible:
        print(f"{len(impossible):,} of them can never fire:")
        write_rows(
            [
                {"place": f"{one['path']}:{one['line']}", "reason": one["reason"]}
                for one in impossible[:_SHOWN]
            ],
            "table",
        )


def _names(one: dict[str, object]) -> list[str]:
    names = one["placeholders"]
    return names if isinstance(names, list) else []
