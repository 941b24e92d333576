"""One run of an ordered hunt, as durable as its folder: stop it, kill it, and it goes on.

At most a second of work is done again after a kill, and none of it is found twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import HinomiError
from hinomi.core.ids import ulid
from hinomi.pipeline.hunt import hunt, plan_hunt
from hinomi.pipeline.hunt_wanted import Wanted, ready
from hinomi.store.hunt_rows import HuntEnd, HuntOrder, HuntState
from hinomi.store.hunts import new_hunt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hinomi.config import Config
    from hinomi.core.findings import Finding
    from hinomi.pipeline.hunt import Look, Quarry
    from hinomi.store.hunt_rows import HuntProgress, Scope
    from hinomi.store.hunts import HuntFolder

KEEP_EVERY_S = 1.0
KEEP_FINDINGS = 500
MOST_FINDINGS = 10_000  # of one hunt, with their evidence; what comes after is counted
FAULTS_KEPT = 20


class WantedChanged(HinomiError):
    """What is hunted for is not what it was when the hunt was ordered."""


def order_hunt(
    wanted: Wanted,
    scope: Scope,
    *,
    config: Config,
    hands_on: bool = False,
    most_findings: int = MOST_FINDINGS,
) -> HuntFolder:
    """Check and plan a hunt and make its folder; it does not run yet. Raises UsageError."""
    now = config.clock.now()
    order = HuntOrder(
        id=ulid(time_ms=int(now.timestamp() * 1000)),
        ordered_at=now,
        scope=scope,
        rules=wanted.rules,
        indicators=wanted.indicators,
        indicator_set=wanted.indicator_set,
        version=ready(wanted, config=config, found_at=now).version,
        most_findings=most_findings,
        hands_on=hands_on,
    )
    return new_hunt(order, plan_hunt(scope, data=config.data, now=now), data=config.data)


def run_hunt(
    folder: HuntFolder,
    *,
    config: Config,
    on_progress: Callable[[HuntProgress], None] = lambda _: None,
) -> HuntState:
    """Begin a hunt or go on with it, to its end or until it is asked to stop.

    Ctrl-C (KeyboardInterrupt) keeps what is done and goes on up.
    """
    with folder.running():
        state, detail = HuntState.FAILED, ""
        try:
            state = _Run(folder, config=config, on_progress=on_progress).to_the_end()
        except KeyboardInterrupt:
            state = HuntState.STOPPED
            raise
        except HinomiError as error:
            detail = str(error)
            raise
        finally:
            folder.finish(HuntEnd(state, at=config.clock.now(), detail=detail))
        return state


class _Run:
    """What one run holds in memory: findings that are not yet on disk."""

    def __init__(
        self,
        folder: HuntFolder,
        *,
        config: Config,
        on_progress: Callable[[HuntProgress], None],
    ) -> None:
        self._folder, self._config, self._on_progress = folder, config, on_progress
        self._order = folder.order
        self._progress = folder.progress
        self._pending: list[Finding] = []
        self._keep_at = time.monotonic() + KEEP_EVERY_S

    def to_the_end(self) -> HuntState:
        quarry = self._quarry()
        try:
            for look in self._looks(quarry):
                self._take(look)
                if self._folder.is_stopping:
                    return HuntState.STOPPED
        finally:
            self._keep()
        if self._order.hands_on:
            self._folder.hand_on()
        return HuntState.DONE

    def _quarry(self) -> Quarry:
        order = self._order
        wanted = Wanted(order.rules, order.indicators, order.indicator_set)
        found = ready(wanted, config=self._config, found_at=order.ordered_at)
        if found.version != order.version:
            raise WantedChanged(
                f"The rules or indicators have changed since the hunt {order.id} was ordered.",
                advice="Start a new hunt: half of the old and half of the new would prove nothing.",
            )
        return found.quarry

    def _looks(self, quarry: Quarry) -> Iterator[Look]:
        return hunt(
            self._folder.portions,
            quarry,
            lake=self._config.data / "lake",
            scope=self._order.scope,
            start=self._progress.reached,
        )

    def _take(self, look: Look) -> None:
        before = self._progress
        room = max(0, self._order.most_findings - before.findings)
        kept = look.findings[:room]
        self._pending += kept
        faults = (*before.faults, look.fault) if look.fault else before.faults
        self._progress = replace(
            before,
            reached=look.reached,
            rows=before.rows + look.rows,
            read=before.read + look.read,
            findings=before.findings + len(kept),
            beyond=before.beyond + len(look.findings) - len(kept),
            faults=faults[:FAULTS_KEPT],
        )
        crash.point("hunt:after-look")
        if len(self._pending) >= KEEP_FINDINGS or time.monotonic() >= self._keep_at:
            self._keep()

    def _keep(self) -> None:
        self._progress = self._folder.keep(self._pending, self._progress)
        self._pending = []
        self._keep_at = time.monotonic() + KEEP_EVERY_S
        self._on_progress(self._progress)
