"""A Sigma correlation as plain values; rules are named by their place in `parts`."""

from __future__ import annotations

import hashlib
import operator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hinomi.core.words import Level
    from hinomi.detect.rule import Handling, Reference


class Kind(StrEnum):
    """What is measured in the window."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_MEDIAN = "value_median"
    VALUE_PERCENTILE = "value_percentile"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


TEMPORAL = frozenset({Kind.TEMPORAL, Kind.TEMPORAL_ORDERED})
NUMERIC = frozenset({Kind.VALUE_SUM, Kind.VALUE_AVG, Kind.VALUE_MEDIAN, Kind.VALUE_PERCENTILE})

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Comparisons that must all hold of the measured number: a range is two of them."""

    tests: tuple[tuple[str, float], ...]

    def hold(self, number: float) -> bool:
        """Whether the number is within."""
        return all(COMPARISONS[name](number, limit) for name, limit in self.tests)

    def __str__(self) -> str:
        return " and ".join(f"{name} {limit:g}" for name, limit in self.tests)


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to satisfy an expression: these parts are in the window, those are not."""

    present: tuple[int, ...]
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Expression:
    """An extended condition, `a and (b or c)`, as its alternatives."""

    text: str
    branches: tuple[Branch, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Part:
    """A rule or correlation whose hits are counted. `fields`: alias → its own field name. `asked`
    is what a correlation asks, "" for a rule."""

    id: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Correlation:
    """One correlation, read and linked. `values` are the fields its condition measures."""

    id: str
    name: str
    title: str
    level: Level
    status: str
    path: str
    line: int
    digest: str
    tags: tuple[str, ...]
    description: str
    author: str
    date: str
    modified: str
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    handling: Handling
    kind: Kind
    group_by: tuple[str, ...]
    timespan: str
    span: timedelta
    condition: Bounds | Expression
    values: tuple[str, ...] = ()
    percentile: float = 50
    generate: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def is_numeric(self) -> bool:
        """Whether it measures numbers: a hit whose field holds none does not count."""
        return self.kind in NUMERIC

    @property
    def span_us(self) -> int:
        """The window in microseconds, as hits count time."""
        return self.span // timedelta(microseconds=1)

    @property
    def asked(self) -> str:
        """What was asked for, for a person: `event_count gte 5 within 10m`."""
        measured = f"{self.kind}({', '.join(self.values)})" if self.values else f"{self.kind}"
        return f"{measured} {self.condition} within {self.timespan}"

    @property
    def form(self) -> str:
        """Changes when remembered hits would no longer mean the same; not with title or level."""
        parts = [(part.id, sorted(part.fields.items())) for part in self.parts]
        body = repr((self.kind, self.group_by, self.values, self.span, parts))
        return hashlib.sha256(body.encode()).hexdigest()[:16]


def pack_hash(rules: str, correlations: Iterable[Correlation]) -> str:
    """The hash of a set of rules (RuleSet.rule_pack) and the correlations over them."""
    own = sorted(f"{one.id} {one.digest}" for one in correlations)
    if not own:
        return rules
    return hashlib.sha256("\n".join((rules, *own)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Alias:
    """In events of the named rule, the group field `name` stands under `field`."""

    name: str
    rule: Reference
    field: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A correlation before its rules are found: they may stand in other files."""

    correlation: Correlation
    rules: tuple[Reference, ...]
    aliases: tuple[Alias, ...] = ()

    @property
    def id(self) -> str:
        """As every document has one."""
        return self.correlation.id
