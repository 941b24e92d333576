"""What a person does with packs, from the command line or the console; each act is recorded.

`who` is a person's mail address, or "command" for whoever works at the tower's own machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.pipeline.packs import state as states
from hinomi.pipeline.packs.installed import Receipt, checked, find, install, require_fit
from hinomi.pipeline.packs.overview import held_rules
from hinomi.pipeline.packs.parcel import open_pack, read_sealed
from hinomi.pipeline.packs.state import Act, Decision, State, Trial, Verb
from hinomi.pipeline.packs.state_file import change_state
from hinomi.store import directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from hinomi.config import Config
    from hinomi.pipeline.packs.installed import Installed

COMMAND = "command"


def install_file(config: Config, path: Path, *, who: str, allow_unsigned: bool) -> Installed:
    """Check the signature, then everything else, then put it beside the other versions."""
    from hinomi.pipeline.packs.trust import NotTrusted, signer_of  # its library is optional

    sealed, now = read_sealed(path), config.clock.now()
    signer = None
    try:
        signer = signer_of(sealed, data=config.data)
    except NotTrusted:
        if not allow_unsigned:
            raise
    receipt = Receipt(sealed.sha256, signer.name if signer else "", sealed.key_id, now, who)
    done = install(open_pack(sealed), receipt, data=config.data)
    said = f"signed by {signer.name}" if signer else "let in without a trusted signature"
    manifest = done.manifest
    act = Act(now, who, "install", manifest.name, manifest.version, said)
    _change(config, lambda state: states.noted(state, act))
    return done


def activate(config: Config, pack: str, version: str, *, who: str) -> State:
    """For all companies."""
    _require_usable(config, pack, version)
    now = config.clock.now()
    return _change(config, lambda state: states.activated(state, pack, version, who=who, now=now))


def start_trial(
    config: Config,
    pack: str,
    version: str,
    *,
    organisations: Sequence[str],
    span: timedelta,
    who: str,
) -> State:
    """For these companies; for all once the span has passed."""
    _require_usable(config, pack, version)
    _require_known(config, organisations)
    now = config.clock.now()
    companies = tuple(dict.fromkeys(organisations))
    trial = Trial(pack, version, companies, since=now, until=now + span, who=who)
    return _change(config, lambda state: states.tried(state, trial))


def promote(config: Config, *, who: str) -> State:
    """The version on trial, for all from now on."""
    now = config.clock.now()
    return _change(config, lambda state: states.promoted(state, who=who, now=now))


def roll_back(config: Config, pack: str, *, who: str) -> State:
    """End the pack's trial, or use the version before."""
    now = config.clock.now()
    return _change(config, lambda state: states.rolled_back(state, pack, who=who, now=now))


def decide(
    config: Config, rule_id: str, *, verb: Verb, reason: str, until: datetime | None, who: str
) -> Decision:
    """On a held rule, in the wording that was held last."""
    now = config.clock.now()
    one = next((each for each in held_rules(config) if each.rule.rule_id == rule_id), None)
    if one is None:
        raise UsageError(f"The rule {rule_id} is not held.", advice="See `hinomi rules held`.")
    decision = Decision(rule_id, one.rule.digest, verb, who, reason, now, until)
    _change(config, lambda state: states.decided(state, decision))
    return decision


def _change(config: Config, change: Callable[[State], State]) -> State:
    return change_state(config.data, now=config.clock.now(), change=change)


def _require_usable(config: Config, pack: str, version: str) -> None:
    """There, whole, and not for a newer program: hinomi may have been set back since."""
    require_fit(find(config.data, pack, version).manifest)
    checked(config.data, pack, version)


def _require_known(config: Config, organisations: Sequence[str]) -> None:
    known = {one.id for one in directory.load(data=config.data).organisations if not one.is_deleted}
    strange = [one for one in organisations if one not in known]
    if strange:
        raise UsageError(
            f"No such company: {', '.join(strange)}.",
            advice="Give ids as `hinomi organisation add` answers them.",
        )
