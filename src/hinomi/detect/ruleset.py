"""The rules of one installation, ready to match: what scan, the worker and hunts use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.detect.bind import bind
from hinomi.detect.explain import explain
from hinomi.detect.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.core.findings import Why
    from hinomi.core.records import Event
    from hinomi.detect.rule import Rule


@dataclass(frozen=True, slots=True)
class Match:
    """One rule fired on one event, and why."""

    rule: Rule
    why: tuple[Why, ...]


class RuleSet:
    """Rules bound to the sources we collect. Compiled once, for all companies."""

    def __init__(
        self, rules: Sequence[Rule], *, aliases: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """`aliases`: per shape, Sigma's generic field name → the native field that holds it."""
        self.rules = tuple(rules)
        self.bound = bind(self.rules, aliases or {})
        self._plan = Plan(self.bound)
        self._with_source = frozenset(bound.rule.id for bound in self.bound)
        self.rule_pack = _pack_hash(self.rules)

    def has_source(self, rule: Rule) -> bool:
        """Whether we collect today what the rule reads; one that waits is listed, not refused."""
        return rule.id in self._with_source

    @property
    def without_source(self) -> tuple[Rule, ...]:
        """Rules that wait for a format."""
        return tuple(rule for rule in self.rules if not self.has_source(rule))

    def match(self, event: Event) -> list[Match]:
        """The rules that fire on the event, in the order they were given, each once."""
        found: dict[str, Match] = {}
        for bound in self._plan.matches(event):
            if bound.rule.id not in found:
                found[bound.rule.id] = Match(bound.rule, explain(bound, event))
        return list(found.values())


def _pack_hash(rules: Sequence[Rule]) -> str:
    """16 hex digits that change whenever any rule does, whatever the order."""
    body = "\n".join(sorted(f"{rule.id} {rule.digest}" for rule in rules))
    return hashlib.sha256(body.encode()).hexdigest()[:16]
