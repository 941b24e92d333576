"""A Sigma rule as plain values, and what loading gives: rules, and refusals with their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.errors import Place

if TYPE_CHECKING:
    from hinomi.core.words import Level
    from hinomi.detect.correlate.correlation import Correlation
    from hinomi.detect.tree import Node

# Foreign YAML once its scalars are resolved: nothing else can come out of the reader.
Plain = bool | int | float | str | Sequence["Plain"] | Mapping[str, "Plain"] | None


@dataclass(frozen=True, slots=True)
class Logsource:
    """What the rule says it reads; lower case, "" where it says nothing."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        return "/".join(part or "-" for part in (self.product, self.category, self.service))


@dataclass(frozen=True, slots=True)
class Handling:
    """The `hinomi:` key of our own rules: which customer text, how to group, what the text needs.

    `slots` are text slot → field name. `hits` and `misses` are the rule's own examples: each a
    mapping {shape, fields} or {raw, kind}, or a raw line.
    """

    case: str = ""
    title_ja: str = ""
    group_by: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    certainty: str = ""
    hits: tuple[Plain, ...] = ()
    misses: tuple[Plain, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, read and checked. `condition` holds the selections it names, in place.

    `digest` is the hash of everything that decides what it matches and how it is shown.
    """

    id: str
    title: str
    level: Level
    status: str
    logsource: Logsource
    condition: Node
    path: str
    line: int
    digest: str
    tags: tuple[str, ...] = ()
    description: str = ""
    author: str = ""
    date: str = ""
    modified: str = ""
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    handling: Handling = field(default_factory=Handling)
    name: str = ""
    filtered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """How a document names another: by its id or its `name`, and where it says so."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Filter:
    """A Sigma filter: `condition` must hold as well wherever one of `rules` fires.

    It reads only rules whose log source its own covers. No references mean all such rules.
    """

    id: str
    title: str
    path: str
    line: int
    digest: str
    logsource: Logsource
    condition: Node
    rules: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule, or a whole file, that is not used: where, why, and what to do about it.

    Line and column count from 1.
    """

    path: str
    line: int | None
    column: int | None
    reason: str
    advice: str = "Mend it there or take it out; rules/README.md shows a whole rule."

    @property
    def place(self) -> Place:
        """The same as core's Place, for messages."""
        return Place(self.path, self.line, self.column)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came out of a set of paths. One bad rule never hides the next.

    `rules` have their filters in them. `silent` are the ids of rules and correlations that only
    feed a correlation: it names them without `generate: true`, so they do not fire alone.
    """

    rules: tuple[Rule, ...]
    refused: tuple[Refusal, ...]
    correlations: tuple[Correlation, ...] = ()
    filters: tuple[Filter, ...] = ()
    silent: frozenset[str] = frozenset()

    @property
    def tellers(self) -> tuple[Rule | Correlation, ...]:
        """All that can fire: rules, then correlations."""
        return (*self.rules, *self.correlations)
