"""Which rule folders are read: shipped rules, packs in use, imported rules; and a trial's.

The pack named `hinomi` takes the place of the rules that ship with the program, so that a rule it
no longer holds is gone too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, StoreDamaged
from hinomi.pipeline.packs.state import State, Trial
from hinomi.pipeline.packs.state_file import read_state, state_mark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hinomi.config import Config

OWN = "hinomi"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Folders in the order they are read (of two rules with one id the first is used), and the
    versions of packs among them. `trial` is None when nothing is on trial."""

    folders: tuple[Path, ...]
    packs: Mapping[str, str]
    trial: Trial | None = None
    trial_folders: tuple[Path, ...] = ()


class RuleChoice:
    """Follows the state of one installation."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._known = State()

    def mark(self) -> tuple[object, ...]:
        """Cheap; changes whenever `choose` may say something else."""
        trial = self._known.trial
        is_over = trial is not None and trial.until <= self._config.clock.now()
        return (*state_mark(self._config.data), is_over)

    def choose(self) -> Chosen:
        """A version that is damaged is reported and the one before it used instead."""
        state = self._state()
        packs = {name: path for name in sorted(state.uses) if (path := self._usable(state, name))}
        chosen = Chosen(self._order(packs), {name: path.name for name, path in packs.items()})
        trial = state.trial
        if trial is None:
            return chosen
        try:
            tried = {**packs, trial.pack: self._checked(trial.pack, trial.version)}
        except HinomiError as error:
            logger.error("the trial is left out: %s", error)
            return chosen
        return Chosen(chosen.folders, chosen.packs, trial, self._order(tried))

    def _state(self) -> State:
        """What cannot be read changes nothing: the last known state goes on."""
        try:
            self._known = read_state(self._config.data, now=self._config.clock.now())
        except StoreDamaged as error:
            logger.error("the rules stay as they were: %s", error)
        return self._known

    def _usable(self, state: State, name: str) -> Path | None:
        use = state.use(name)
        for version in (use.active, *use.before):
            if not version:
                return None
            try:
                return self._checked(name, version)
            except HinomiError as error:
                logger.error("the version before is used: %s", error)
        return None

    def _checked(self, name: str, version: str) -> Path:
        from hinomi.pipeline.packs.installed import checked  # `scan` without packs starts sooner

        return checked(self._config.data, name, version)

    def _order(self, packs: Mapping[str, Path]) -> tuple[Path, ...]:
        own = packs.get(OWN, self._config.own_rules)
        others = (path for name, path in sorted(packs.items()) if name != OWN)
        kept = (self._config.imported_rules, self._config.extra_rules)
        return (own, *others, *(path for path in kept if path is not None))
