"""One run of an ordered hunt, as durable as its folder: stop it, kill it, and it goes on.

At most a second of work is done again after a kill, and none of it is found twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import HinomiError, StoreDamaged
from hinomi.pipeline.hunt import UnknownCompany, hunt, plan_hunt
from hinomi.pipeline.hunt_correlate import MOST_HITS
from hinomi.pipeline.hunt_orders import Wanted
from hinomi.pipeline.hunt_wanted import NoRule, UnknownRule, ready
from hinomi.store.hunt_rows import HuntEnd, HuntPlan, HuntState, HuntTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hinomi.config import Config
    from hinomi.core.findings import Finding
    from hinomi.pipeline.hunt import Look
    from hinomi.pipeline.hunt_correlate import Together
    from hinomi.pipeline.hunt_wanted import Ready
    from hinomi.store.hunt_rows import HuntProgress
    from hinomi.store.hunts import HuntFolder

KEEP_EVERY_S = 1.0
KEEP_FINDINGS = 500
FAULTS_KEPT = 20
TOO_MANY_HITS = f"Of rules that feed correlations only the first {MOST_HITS:,} hits were counted."


class WantedChanged(HinomiError):
    """What is hunted for is not what it was when the hunt was ordered."""


_TROUBLES: Mapping[type[HinomiError], HuntTrouble] = {
    UnknownRule: HuntTrouble.UNKNOWN_RULE,
    NoRule: HuntTrouble.NO_RULE,
    UnknownCompany: HuntTrouble.UNKNOWN_COMPANY,
    WantedChanged: HuntTrouble.CHANGED,
    StoreDamaged: HuntTrouble.DAMAGED,
}


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
        state, detail, trouble = HuntState.FAILED, "", None
        try:
            state = _Run(folder, config=config, on_progress=on_progress).to_the_end()
        except KeyboardInterrupt:
            state = HuntState.STOPPED
            raise
        except HinomiError as error:
            detail, trouble = str(error), _TROUBLES.get(type(error), HuntTrouble.OTHER)
            raise
        finally:
            folder.finish(HuntEnd(state, at=config.clock.now(), detail=detail, trouble=trouble))
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
        self._hits: list[tuple[str, Finding]] = []
        self._keep_at = time.monotonic() + KEEP_EVERY_S

    def to_the_end(self) -> HuntState:
        plan, found = self._planned()
        looks = hunt(
            plan.portions,
            found.quarry,
            lake=self._config.data / "lake",
            scope=self._order.scope,
            start=self._progress.reached,
        )
        try:
            for look in looks:
                self._take(look, plan, found.together)
                if self._folder.is_stopping:
                    return HuntState.STOPPED
        finally:
            self._keep()
        if found.together and not self._progress.is_joined:
            self._join(found.together)
        if self._order.hands_on:
            self._folder.hand_on()
        return HuntState.DONE

    def _planned(self) -> tuple[HuntPlan, Ready]:
        order = self._order
        wanted = Wanted(order.rules, order.indicators, order.indicator_set)
        found = ready(
            wanted, config=self._config, found_at=order.ordered_at, hands_on=order.hands_on
        )
        plan = self._folder.plan
        if plan is None:
            portions = plan_hunt(order.scope, data=self._config.data, now=order.ordered_at)
            plan = HuntPlan(found.version, tuple(portions), found.notes)
            self._folder.keep_plan(plan)
        if found.version != plan.version:
            raise WantedChanged(
                f"The rules or indicators have changed since the hunt {order.id} was ordered.",
                advice="Start a new hunt: half of the old and half of the new would prove nothing.",
            )
        return plan, found

    def _take(self, look: Look, plan: HuntPlan, together: Together | None) -> None:
        before = self._progress
        faults = (*before.faults, look.fault) if look.fault else before.faults
        self._progress = replace(
            before,
            reached=look.reached,
            rows=before.rows + look.rows,
            read=before.read + look.read,
            faults=faults[:FAULTS_KEPT],
        )
        if together and look.findings:
            self._let_wait(look.findings, plan.portions[look.reached.portion].shape, together)
        silent = together.silent if together else frozenset()
        self._find(each for each in look.findings if each.rule_id not in silent)
        crash.point("hunt:after-look")
        pending = len(self._pending) + len(self._hits)
        if pending >= KEEP_FINDINGS or time.monotonic() >= self._keep_at:
            self._keep()

    def _find(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            before = self._progress
            if before.findings < self._order.most_findings:
                self._pending.append(finding)
                self._progress = replace(before, findings=before.findings + 1)
            else:
                self._progress = replace(before, beyond=before.beyond + 1)

    def _let_wait(self, findings: Sequence[Finding], shape: str, together: Together) -> None:
        """What a correlation counts is counted at the end, in the order of events."""
        before = self._progress
        hits = [(shape, each) for each in findings if each.rule_id in together.feeding]
        room = max(0, MOST_HITS - before.hits)
        self._hits += hits[:room]
        faults = before.faults
        if len(hits) > room and TOO_MANY_HITS not in faults:
            faults = (TOO_MANY_HITS, *faults)
        self._progress = replace(before, hits=before.hits + len(hits[:room]), faults=faults)

    def _join(self, together: Together) -> None:
        self._find(together.completed(self._folder))
        self._progress = replace(self._progress, is_joined=True)
        self._keep()

    def _keep(self) -> None:
        self._progress = self._folder.keep(self._pending, self._progress, hits=self._hits)
        self._pending, self._hits = [], []
        self._keep_at = time.monotonic() + KEEP_EVERY_S
        self._on_progress(self._progress)
