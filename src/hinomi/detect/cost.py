"""What a rule costs per event: how often it is woken, and what is asked when it is.

An estimate from the rule alone, or from recorded events when there are some; the measure is
microseconds per event of the rule's own routes, good for ranking, not for accounting.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.detect.plan.asked import Atoms
from hinomi.detect.plan.program import count_atoms, wakers, write
from hinomi.detect.tree import items_of, tests_of
from hinomi.detect.values import Regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.bind import Bound
    from hinomi.detect.rule import Rule
    from hinomi.detect.ruleset import RuleSet

# Measured on the made-up streams, in µs: to judge a woken rule, to ask one again on the event, each
# expression it then runs, and what one more literal adds to searching a new value.
_JUDGE, _ASK_AGAIN, _EXPRESSION, _LITERAL = 0.4, 2.0, 1.0, 0.0005
# Without events: how often a rule is woken whose best sign costs this much (`asked._COSTS`).
_SELDOM, _OFTEN, _SOME_COST = 0.001, 0.05, 20.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One rule. `woken` is a share of its routes' events: counted, or guessed without a sample."""

    rule: Rule
    microseconds: float
    woken: float
    literals: int
    expressions: int
    asks_again: bool


def costs_of(rules: RuleSet, sample: Iterable[Event] = ()) -> list[Cost]:
    """Every rule with a source, the dearest first."""
    seen, woken = _count(rules, sample)
    dearest: dict[str, Cost] = {}
    for bound in rules.bound:
        counted = woken[id(bound)] / seen[id(bound)] if seen[id(bound)] else None
        cost = _cost(bound, counted)
        known = dearest.get(bound.rule.id)
        if known is None or cost.microseconds > known.microseconds:
            dearest[bound.rule.id] = cost
    return sorted(dearest.values(), key=lambda cost: -cost.microseconds)


def _cost(bound: Bound, counted: float | None) -> Cost:
    atoms = Atoms()
    formula, asks_again = write(bound.rule.condition, bound, atoms)
    asked: Counter[int] = Counter()
    count_atoms(formula, asked)
    share = _guess(wakers(formula, atoms.costs), atoms.costs) if counted is None else counted
    expressions = len(
        {
            test
            for item in items_of(bound.rule.condition)
            for test in tests_of(item)
            if isinstance(test, Regex)
        }
    )
    when_woken = _JUDGE + (_ASK_AGAIN + _EXPRESSION * expressions if asks_again else 0.0)
    return Cost(
        rule=bound.rule,
        microseconds=share * when_woken + _LITERAL * len(asked),
        woken=share,
        literals=len(asked),
        expressions=expressions,
        asks_again=asks_again,
    )


def _guess(woken_by: frozenset[int] | None, costs: Sequence[float]) -> float:
    if woken_by is None:
        return 1.0
    return min(1.0, sum(_OFTEN if costs[a] >= _SOME_COST else _SELDOM for a in woken_by))


def _count(rules: RuleSet, sample: Iterable[Event]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """(events of the rule's group, events that woke it), by the id of the bound rule."""
    seen: Counter[int] = Counter()
    woken: Counter[int] = Counter()
    for event in sample:
        for bound, is_woken in rules.woken(event):
            seen[id(bound)] += 1
            woken[id(bound)] += is_woken
    return seen, woken
