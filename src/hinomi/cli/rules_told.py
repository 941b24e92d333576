"""What `rules check` tells of rules that load but do not fire: never, or not yet."""

from __future__ import annotations

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
    """`never`: cannot fire today, and why. `waiting`: fires for an organisation that has values."""
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
    return {"never": never, "waiting": waiting}


def print_told(rules: RuleSet, correlations: Sequence[Correlation]) -> None:
    """For people: contradictions in full; sources without a format were counted already."""
    found = told(rules, correlations)
    if found["waiting"]:
        names = sorted({name for one in found["waiting"] for name in _names(one)})
        print(
            f"{len(found['waiting']):,} of them wait for an organisation's own values of"
            f" {', '.join(f'%{name}%' for name in names)}."
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
