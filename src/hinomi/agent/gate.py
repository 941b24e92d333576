"""What goes into the spool and what is left out: a rate per kind, and an order when room runs out.

Statistics go first, then files, then the network; programs that start stay longest. What was left
out is counted by kind and told with the next heartbeat. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Allowance:
    """`room`: share of the spool that must not be passed. Rate and burst in records."""

    room: float
    per_s: float
    burst: float


ALLOWANCES: Mapping[str, Allowance] = {
    "stats": Allowance(room=0.70, per_s=2, burst=200),
    "file": Allowance(room=0.80, per_s=50, burst=2_000),
    "network": Allowance(room=0.88, per_s=50, burst=2_000),
    "process": Allowance(room=0.96, per_s=200, burst=20_000),
    # A handful a day, and what the silence of this machine is judged by.
    "audit": Allowance(room=0.96, per_s=50, burst=5_000),
    "log": Allowance(room=0.96, per_s=50, burst=5_000),
    "goodbye": Allowance(room=1.0, per_s=1, burst=20),
}


@dataclass(slots=True)
class Gate:
    """`fill` is passed in with each question: how full the spool is, 0 to 1."""

    allowances: Mapping[str, Allowance] = field(default_factory=lambda: ALLOWANCES)
    dropped: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)

    def lets(self, kind: str, *, fill: float, now_s: float) -> bool:
        """Whether one record of this kind may enter; counts it when not."""
        allowance = self.allowances[kind]
        is_let = fill < allowance.room and self._takes(kind, allowance, now_s)
        if not is_let:
            self.dropped[kind] = self.dropped.get(kind, 0) + 1
        return is_let

    def _takes(self, kind: str, allowance: Allowance, now_s: float) -> bool:
        tokens, since = self._tokens.get(kind, (allowance.burst, now_s))
        tokens = min(allowance.burst, tokens + max(0.0, now_s - since) * allowance.per_s)
        is_there = tokens >= 1
        self._tokens[kind] = (tokens - 1 if is_there else tokens, now_s)
        return is_there
