"""The rules of one installation, ready to match: what scan, the worker and hunts use."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hinomi.detect.bind import bind
from hinomi.detect.explain import Explainer
from hinomi.detect.plan import Plan
from hinomi.detect.reference import NO_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hinomi.core.findings import Why
    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.rule import Rule
    from hinomi.detect.shelf import Shelf


class Match:
    """One rule fired on one event, and why.

    The reasons are found when first asked for: a hit that is only counted need not be explained,
    and explaining costs more than matching.
    """

    __slots__ = ("_reasons", "rule")

    def __init__(self, rule: Rule, why: tuple[Why, ...] | Callable[[], tuple[Why, ...]]) -> None:
        self.rule = rule
        self._reasons = why

    @property
    def why(self) -> tuple[Why, ...]:
        """The reasons, in the rule's order."""
        if callable(self._reasons):
            self._reasons = self._reasons()
        return self._reasons


class RuleSet:
    """Rules bound to the sources we collect. Compiled once, for all companies.

    `placeholders`: organisation → `%name%` → its values. May be replaced at any time.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        aliases: Mapping[str, Mapping[str, str]] | None = None,
        placeholders: Mapping[str, Placeholders] | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """`aliases`: per shape, Sigma's generic field name → the native field that holds it.

        What was compiled before is taken from the shelf.
        """
        self.rules = tuple(rules)
        self.bound = bind(self.rules, aliases or {})
        self.placeholders: Mapping[str, Placeholders] = placeholders or {}
        self._plan = Plan(self.bound, shelf=shelf)
        self._explainer = Explainer()
        self._with_source = frozenset(bound.rule.id for bound in self.bound)
        self.rule_pack = _pack_hash(self.rules)

    def has_source(self, rule: Rule) -> bool:
        """Whether we collect today what the rule reads; one that waits is listed, not refused."""
        return rule.id in self._with_source

    @property
    def without_source(self) -> tuple[Rule, ...]:
        """Rules that wait for a format."""
        return tuple(rule for rule in self.rules if not self.has_source(rule))

    @property
    def bucket_count(self) -> int:
        """How many kinds of events were compiled so far; bounded, whatever senders write."""
        return self._plan.bucket_count

    def woken(self, event: Event) -> Sequence[tuple[Bound, bool]]:
        """Every rule on its route that reads such events, and whether this event makes it asked."""
        return self._plan.woken(event)

    def match(self, event: Event) -> list[Match]:
        """The rules that fire on the event, in the order they were given, each once."""
        return list(self.match_all((event,))[0])

    def match_all(self, events: Sequence[Event]) -> list[Sequence[Match]]:
        """`match` of each event; far cheaper for some hundreds at once than for one after the
        other, because each different value among them is looked at once."""
        found: list[Sequence[Match]] = [()] * len(events)
        for place, bounds in self._plan.matches(events, self._lists):
            found[place] = self._told(events[place], bounds)
        return found

    def _lists(self, event: Event) -> Placeholders:
        return self.placeholders.get(event.organisation, NO_LISTS)

    def _told(self, event: Event, bounds: Sequence[Bound]) -> list[Match]:
        first: dict[str, Bound] = {}
        for bound in bounds:
            first.setdefault(bound.rule.id, bound)
        later, lists = self._explainer.later, self._lists(event)
        return [Match(bound.rule, later(bound, event, lists)) for bound in first.values()]


def _pack_hash(rules: Sequence[Rule]) -> str:
    """16 hex digits that change whenever any rule does, whatever the order."""
    body = "\n".join(sorted(f"{rule.id} {rule.digest}" for rule in rules))
    return hashlib.sha256(body.encode()).hexdigest()[:16]
