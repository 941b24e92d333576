"""Packs as people look at them: versions and who uses them, held rules and who decided what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.pipeline.packs.installed import installed
from hinomi.pipeline.packs.state import is_held
from hinomi.pipeline.packs.state_file import read_state
from hinomi.store.database import is_made
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.config import Config
    from hinomi.pipeline.packs.installed import Installed
    from hinomi.pipeline.packs.state import Decision, State, Trial
    from hinomi.store.held_rules import HeldRule


class Standing(StrEnum):
    """What a version is used for now."""

    IN_USE = "in use"
    TRIAL = "on trial"
    BEFORE = "before"
    INSTALLED = "installed"


@dataclass(frozen=True, slots=True)
class Version:
    """One installed version. `is_at_work` is None while no worker runs; False means that it is
    still loading."""

    installed: Installed
    standing: Standing
    trial: Trial | None
    is_at_work: bool | None


@dataclass(frozen=True, slots=True)
class Held:
    """`is_held` is what counts now; `decision` is the newest word, also one that has ended."""

    rule: HeldRule
    decision: Decision | None
    is_held: bool

    @property
    def waits(self) -> bool:
        """True while nobody has decided."""
        return self.decision is None

    @property
    def until(self) -> datetime | None:
        """The end of a keep."""
        return self.decision.until if self.decision else None


def versions(config: Config) -> list[Version]:
    """Every installed version, by pack and then newest first."""
    state = read_state(config.data, now=config.clock.now())
    at_work = _at_work(config)
    return [_version(one, state, at_work) for one in installed(config.data)]


def held_rules(config: Config) -> list[Held]:
    """Rules that trials showed to be noisy, the newest first; empty before the first start."""
    path, now = config.data / FILE_NAME, config.clock.now()
    if not is_made(path):
        return []
    state = read_state(config.data, now=now)
    with PipelineReader(path) as reader:
        rules = reader.held_rules()
    decisions = [(one, state.decision(one.rule_id, one.digest)) for one in rules]
    return [Held(one, decision, is_held(decision, now)) for one, decision in decisions]


def _version(one: Installed, state: State, at_work: dict[str, dict[str, str]] | None) -> Version:
    name, version = one.manifest.name, one.manifest.version
    use, trial = state.use(name), state.trial
    is_tried = trial is not None and (trial.pack, trial.version) == (name, version)
    if use.active == version:
        standing = Standing.IN_USE
    elif is_tried:
        standing = Standing.TRIAL
    else:
        standing = Standing.BEFORE if version in use.before else Standing.INSTALLED
    if at_work is None or standing not in (Standing.IN_USE, Standing.TRIAL):
        return Version(one, standing, trial if is_tried else None, None)
    where = at_work["trial" if standing is Standing.TRIAL else "packs"]
    return Version(one, standing, trial if is_tried else None, where.get(name) == version)


def _at_work(config: Config) -> dict[str, dict[str, str]] | None:
    """What the worker said it matches with; None when none ever did."""
    try:
        told = json.loads((config.data / "run" / "worker.json").read_text())
        return {name: dict(told.get(name, {})) for name in ("packs", "trial")}
    except (OSError, ValueError):
        return None
