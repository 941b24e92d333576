"""Ordering a hunt: cheap, so that a screen can do it; a process of its own plans and runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.ids import ulid
from hinomi.store.hunt_rows import HuntOrder
from hinomi.store.hunts import new_hunt

if TYPE_CHECKING:
    from hinomi.config import Config
    from hinomi.store.hunt_rows import Scope
    from hinomi.store.hunts import HuntFolder

MOST_FINDINGS = 10_000  # of one hunt, with their evidence; what comes after is counted


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to hunt for: `rules` are paths, or ids of rules in use; `indicators` are `kind:value`
    (`read_indicators`); `indicator_set` names a compiled file of DATA/intel."""

    rules: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    indicator_set: str = ""


def order_hunt(
    wanted: Wanted,
    scope: Scope,
    *,
    config: Config,
    hands_on: bool = False,
    most_findings: int = MOST_FINDINGS,
    hunt_id: str = "",
) -> HuntFolder:
    """Make the folder of a hunt; nothing is checked or read yet. `hunt_id`: chosen by who orders,
    else drawn."""
    now = config.clock.now()
    order = HuntOrder(
        id=hunt_id or ulid(time_ms=int(now.timestamp() * 1000)),
        ordered_at=now,
        scope=scope,
        rules=wanted.rules,
        indicators=wanted.indicators,
        indicator_set=wanted.indicator_set,
        most_findings=most_findings,
        hands_on=hands_on,
    )
    return new_hunt(order, data=config.data)
