"""What stage 3 remembers between events, by organisation: the protocol, and the one in memory.

Correlations and baselines read and write here; the worker saves what changed in the transaction
that writes the findings, so a replay after a crash begins from exactly the state it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StateKey:
    """Where a memory stands. `kind` names the user ("correlation" …), `name` the rule or measure,
    `group` the group key within it. Nothing is ever kept for two organisations together."""

    organisation: str
    kind: str
    name: str
    group: str


class KeyedState(Protocol):
    """Bounded memory by key. The bodies are the caller's own, versioned bytes."""

    def get(self, key: StateKey) -> bytes | None:
        """What was put there last and is not dropped or expired; None otherwise."""
        ...

    def put(self, key: StateKey, body: bytes, *, expires: datetime) -> None:
        """Remember until `expires` (aware UTC, event time of the organisation)."""
        ...

    def drop(self, key: StateKey) -> None:
        """Forget at once; a key that is not there is no error."""
        ...


class MemoryState:
    """A KeyedState for one process without a store: scan, tests."""

    def __init__(self) -> None:
        self._bodies: dict[StateKey, tuple[bytes, datetime]] = {}

    def get(self, key: StateKey) -> bytes | None:
        """See KeyedState."""
        found = self._bodies.get(key)
        return found[0] if found else None

    def put(self, key: StateKey, body: bytes, *, expires: datetime) -> None:
        """See KeyedState."""
        self._bodies[key] = (body, expires)

    def drop(self, key: StateKey) -> None:
        """See KeyedState."""
        self._bodies.pop(key, None)

    def forget_before(self, moment: datetime) -> int:
        """Drop what expired before the moment; how many that were."""
        gone = [key for key, (_, expires) in self._bodies.items() if expires < moment]
        for key in gone:
            del self._bodies[key]
        return len(gone)

    def __iter__(self) -> Iterator[StateKey]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)
