"""What detection hands on: one thing found on one or several events, whoever found it.

A plain rule finds on one event (`Match`); correlations, intelligence and baselines find with a
memory and bring older evidence along. The pipeline turns each into a core Finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.core.findings import Evidence, Why
    from hinomi.core.records import Event
    from hinomi.core.words import Level
    from hinomi.detect.rule import Handling


class Teller(Protocol):
    """Whoever can find something: a rule, a correlation, an indicator match, a baseline."""

    @property
    def id(self) -> str:
        """Stable over releases."""
        ...

    @property
    def title(self) -> str:
        """English, for the analyst."""
        ...

    @property
    def level(self) -> Level:
        """How bad it is when it is true."""
        ...

    @property
    def tags(self) -> Sequence[str]:
        """ATT&CK and other tags as Sigma writes them."""
        ...

    @property
    def handling(self) -> Handling:
        """Customer text, grouping, slots."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """`event` is the one that completed it; `earlier` is older evidence, oldest first (≤ 9).

    `key` makes the finding's id together with the teller's: the same events give the same key on a
    replay. `slots` are text slots the finder fills itself, over those of the handling.
    """

    teller: Teller
    event: Event
    why: tuple[Why, ...]
    key: str
    earlier: tuple[Evidence, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
