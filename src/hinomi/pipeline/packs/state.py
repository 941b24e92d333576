"""Which version of which pack is used by whom, and what people said of held rules. Pure.

A trial that has run its time counts as promoted from that moment on, whoever looks first: nobody
has to be awake to write it down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - read at run time when the stored state is decoded
from enum import StrEnum

from hinomi.core.errors import UsageError

ACTS_KEPT = 500
VERSIONS_KEPT = 20  # to go back to
_CLOCK = "the end of its trial"


class Verb(StrEnum):
    """What a person decides of a held rule."""

    RESUME = "resume"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Use:
    """`active` "" means that the pack is not used. `before` are the versions to go back to, the
    newest first."""

    active: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A version at a few companies before it is used for all. `until` ends it by promotion."""

    pack: str
    version: str
    organisations: tuple[str, ...]
    since: datetime
    until: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a held rule in this wording (`digest`): another wording is judged anew.

    `keep` ends at `until` and the rule speaks again: no blind spot lasts because it was forgotten.
    """

    rule_id: str
    digest: str
    verb: Verb
    who: str
    reason: str
    at: datetime
    until: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """False once its time has passed."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what. `detail` is the companies of a trial, a reason, or ""."""

    at: datetime
    who: str
    what: str
    pack: str
    version: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The whole. At most one trial at a time: of two, nobody could tell which made the noise."""

    uses: dict[str, Use] = field(default_factory=dict)
    trial: Trial | None = None
    decisions: tuple[Decision, ...] = ()
    acts: tuple[Act, ...] = ()

    def use(self, pack: str) -> Use:
        """Unused when nothing is known of it."""
        return self.uses.get(pack, Use())

    def decision(self, rule_id: str, digest: str) -> Decision | None:
        """The newest word on the rule in this wording."""
        said = (one for one in reversed(self.decisions))
        return next((one for one in said if (one.rule_id, one.digest) == (rule_id, digest)), None)


def settled(state: State, now: datetime) -> State:
    """The state as it counts now."""
    trial = state.trial
    if trial is None or now < trial.until:
        return state
    return _switched(state, trial.pack, trial.version, who=_CLOCK, now=trial.until, what="promote")


def activated(state: State, pack: str, version: str, *, who: str, now: datetime) -> State:
    """For all companies at once."""
    if state.use(pack).active == version and not _is_tried(state, pack):
        return state
    return _switched(state, pack, version, who=who, now=now, what="activate")


def tried(state: State, trial: Trial) -> State:
    """For the trial's companies; the others keep what is active."""
    running = state.trial
    if running is not None and (running.pack, running.version) != (trial.pack, trial.version):
        until = f"{running.until:%Y-%m-%d %H:%M} UTC"
        raise UsageError(
            f"{running.pack} {running.version} is on trial until {until}.",
            advice="End it first: hinomi rules pack promote, or rollback.",
        )
    if state.use(trial.pack).active == trial.version:
        raise UsageError(f"{trial.pack} {trial.version} is used by all companies already.")
    act = Act(
        trial.since, trial.who, "try", trial.pack, trial.version, ", ".join(trial.organisations)
    )
    return noted(replace(state, trial=trial), act)


def promoted(state: State, *, who: str, now: datetime) -> State:
    """The version on trial, for all companies."""
    trial = state.trial
    if trial is None:
        raise UsageError("No version is on trial.")
    return _switched(state, trial.pack, trial.version, who=who, now=now, what="promote")


def rolled_back(state: State, pack: str, *, who: str, now: datetime) -> State:
    """A trial of the pack ends; without one, the version before is used again."""
    trial, use = state.trial, state.use(pack)
    if trial is not None and trial.pack == pack:
        act = Act(now, who, "rollback", pack, use.active, f"from {trial.version} on trial")
        return noted(replace(state, trial=None), act)
    if not use.before:
        raise UsageError(f"{pack} has no version to go back to.")
    back = Use(use.before[0], use.before[1:])
    act = Act(now, who, "rollback", pack, back.active, f"from {use.active}")
    return noted(replace(state, uses={**state.uses, pack: back}), act)


def decided(state: State, decision: Decision) -> State:
    """The newest word counts; older ones of the same rule in the same wording are in the acts."""
    key = (decision.rule_id, decision.digest)
    others = [one for one in state.decisions if (one.rule_id, one.digest) != key]
    until = f" until {decision.until:%Y-%m-%d}" if decision.until else ""
    detail = f"{decision.rule_id}{until}: {decision.reason}"
    act = Act(decision.at, decision.who, decision.verb.value, "", "", detail)
    return noted(replace(state, decisions=(*others, decision)), act)


def is_held(decision: Decision | None, now: datetime) -> bool:
    """Whether a rule that was held still is: until somebody resumes it, or as long as somebody
    keeps it."""
    if decision is None:
        return True
    return decision.verb is Verb.KEEP and decision.is_valid(now)


def _switched(
    state: State, pack: str, version: str, *, who: str, now: datetime, what: str
) -> State:
    use = state.use(pack)
    others = tuple(one for one in use.before if one != version)
    before = use.before if use.active == version else (use.active, *others)[:VERSIONS_KEPT]
    uses = {**state.uses, pack: Use(version, before)}
    trial = None if _is_tried(state, pack) else state.trial
    return noted(replace(state, uses=uses, trial=trial), Act(now, who, what, pack, version))


def _is_tried(state: State, pack: str) -> bool:
    return state.trial is not None and state.trial.pack == pack


def noted(state: State, act: Act) -> State:
    """With one more line of who did what; the oldest go."""
    return replace(state, acts=(*state.acts, act)[-ACTS_KEPT:])
