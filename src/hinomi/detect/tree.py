"""The nodes of a detection: and, or, not, a named selection, and one question about one field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.detect.values import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.detect.values import Test


@dataclass(frozen=True, slots=True)
class Ask:
    """One value as the rule writes it: any of its tests (windash, base64offset make several).

    `shown` is the rule's own text with its modifiers, e.g. `endswith: \\powershell.exe`.
    """

    tests: tuple[Test, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a selection. `field` is "" for keywords, which look at everything there is.

    Any ask may hold, or every one when `needs_all`; `negated` (neq) turns the answer round.
    """

    field: str
    asks: tuple[Ask, ...]
    needs_all: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Named:
    """A selection under its name in the rule, so that a finding can say which one held."""

    name: str
    part: Node


Node = Item | And | Or | Not | Named


def items_of(node: Node) -> Iterator[Item]:
    """Every question of the condition."""
    if isinstance(node, Item):
        yield node
    elif isinstance(node, (Named, Not)):
        yield from items_of(node.part)
    else:
        for part in node.parts:
            yield from items_of(part)


def tests_of(item: Item) -> Iterator[Test]:
    """Every test of the question."""
    for ask in item.asks:
        yield from ask.tests


def placeholders_of(node: Node) -> frozenset[str]:
    """The names whose values the rule awaits from each organisation."""
    return frozenset(
        name
        for item in items_of(node)
        for test in tests_of(item)
        if isinstance(test, Listed)
        for name in test.names
    )
