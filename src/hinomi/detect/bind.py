"""A rule laid on one route: which event it applies to and where its fields stand there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.detect import facts
from hinomi.detect.logsource import Route, routes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.detect.rule import Rule


@dataclass(frozen=True, slots=True)
class Bound:
    """One rule on one route. `aliases` are the shape's own (Sigma's generic name → native)."""

    rule: Rule
    route: Route
    aliases: Mapping[str, str] = field(default_factory=dict)

    def names(self, name: str) -> facts.Names:
        """The native names under which this rule's field may stand, best first."""
        return facts.candidates(name, self.route.renames, self.aliases)


def bind(rules: Iterable[Rule], aliases: Mapping[str, Mapping[str, str]]) -> tuple[Bound, ...]:
    """Every rule on each of its routes, in the rules' order; a rule may have none."""
    return tuple(
        Bound(rule, route, aliases.get(route.shape, {}))
        for rule in rules
        for route in routes_of(rule.logsource)
    )
