"""検知ルール, ready to show: versions of packs, the trial, held rules; companies within a scope.

A rule on trial is shown to all staff with how many companies try it; which ones, only to those who
serve them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.detect.packs import section_of
from hinomi.pipeline.packs.acts import COMMAND
from hinomi.pipeline.packs.chosen import OWN
from hinomi.pipeline.packs.overview import Standing, held_rules, versions
from hinomi.pipeline.packs.state import Verb
from hinomi.pipeline.packs.state_file import read_state
from hinomi.portal.access.time import configuration, now
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.rules.words import COMMAND_JA, REASONS, STANDINGS
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.pipeline.packs.overview import Held, Version
    from hinomi.pipeline.packs.state import State, Trial
    from hinomi.portal.access.scope import Scope

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One installed version. `signer` "" means that nobody known signed it: `who` let it in."""

    pack: str
    version: str
    standing: str
    is_used: bool
    is_loading: bool
    rules: int
    signer: str
    who: str
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class Back:
    """A way back: `to` is a version, or "" for none. `is_own`: then the shipped rules come back."""

    pack: str
    to: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class TrialView:
    """`companies` are those the person serves; `others` is how many more there are."""

    pack: str
    version: str
    until: datetime
    companies: tuple[str, ...]
    others: int
    changelog: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One rule. `decided` is "" while nobody has decided."""

    rule_id: str
    title: str
    pack: str
    why: str
    held_at: datetime
    is_held: bool
    decided: str
    who: str
    reason: str
    until: datetime | None
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    waiting: tuple[HeldRow, ...]
    decided: tuple[HeldRow, ...]
    trial: TrialView | None
    backs: tuple[Back, ...]
    versions: tuple[VersionRow, ...]


def overview(scope: Scope) -> Overview | None:
    """None when the state of the packs cannot be read; the reason is in the log."""
    config = configuration()
    try:
        state = read_state(config.data, now=now())
        found, held = versions(config), [_held(one) for one in held_rules(config)]
    except HinomiError:
        _LOG.exception("The rule packs cannot be shown.")
        return None
    return Overview(
        waiting=tuple(row for row in held if not row.decided),
        decided=tuple(row for row in held if row.decided),
        trial=_trial(state.trial, found, scope) if state.trial else None,
        backs=_backs(state),
        versions=tuple(_row(one) for one in found),
    )


def waiting_rules() -> int:
    """How many held rules wait for a person's word; for the queue, which must not fail for it."""
    try:
        return sum(one.waits for one in held_rules(configuration()))
    except HinomiError:
        return 0


def held_rule(rule_id: str) -> HeldRow | None:
    """The rule a person is asked about; None when it is not held."""
    try:
        found = held_rules(configuration())
    except HinomiError:
        return None
    return next((_held(one) for one in found if one.rule.rule_id == rule_id), None)


def _row(one: Version) -> VersionRow:
    manifest, receipt = one.installed.manifest, one.installed.receipt
    return VersionRow(
        pack=manifest.name,
        version=manifest.version,
        standing=STANDINGS[one.standing],
        is_used=one.standing in (Standing.IN_USE, Standing.TRIAL),
        is_loading=one.is_at_work is False,
        rules=len(manifest.rules),
        signer=visible(receipt.signer),
        who=_person(receipt.who),
        installed_at=receipt.installed_at,
    )


def _backs(state: State) -> tuple[Back, ...]:
    """Where a pack is on trial its end comes first, so there is no way further back."""
    tried = state.trial.pack if state.trial else ""
    return tuple(
        Back(name, use.before[0], is_own=name == OWN)
        for name, use in sorted(state.uses.items())
        if use.before and name != tried
    )


def _trial(trial: Trial, found: list[Version], scope: Scope) -> TrialView:
    served = Organisation.objects.within(scope).filter(pk__in=trial.organisations)
    names = tuple(visible(name) for name in served.order_by("name").values_list("name", flat=True))
    tried = (one.installed.manifest for one in found if one.standing is Standing.TRIAL)
    changelog = next((section_of(one.changelog, one.version) for one in tried), "")
    return TrialView(
        pack=trial.pack,
        version=trial.version,
        until=trial.until,
        companies=names,
        others=len(trial.organisations) - len(names),
        changelog=visible(changelog),
    )


def _person(who: str) -> str:
    return COMMAND_JA if who == COMMAND else visible(who)


def _held(one: Held) -> HeldRow:
    rule, decision = one.rule, one.decision
    words = REASONS[rule.reason]
    return HeldRow(
        rule_id=rule.rule_id,
        title=visible(rule.title),
        pack=f"{rule.pack} {rule.version}",
        why=words.format(companies=rule.companies, measured=rule.measured, most=rule.most),
        held_at=rule.held_at,
        is_held=one.is_held,
        decided=decision.verb.value if decision else "",
        who=_person(decision.who) if decision else "",
        reason=visible(decision.reason) if decision else "",
        until=decision.until if decision else None,
        has_ended=decision is not None and decision.verb is Verb.KEEP and not one.is_held,
    )
