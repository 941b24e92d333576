"""From what a person names (a rule file, a rule's id, a value) to what is hunted for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.columns.mask import uniform
from hinomi.core.errors import Place, UsageError
from hinomi.detect import RuleSet, load_rules
from hinomi.detect.correlate import needed_for
from hinomi.detect.intel import PackedSet
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt_correlate import Together
from hinomi.pipeline.hunt_indicators import IndicatorQuarry, named_indicators
from hinomi.pipeline.hunt_rules import RuleQuarry
from hinomi.pipeline.intel.current import FOLDER as INTEL
from hinomi.pipeline.rules import default_rule_paths
from hinomi.store.directory import open_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hinomi.columns.groups import Group
    from hinomi.columns.mask import Mask
    from hinomi.config import Config
    from hinomi.core.findings import Finding
    from hinomi.core.records import Event
    from hinomi.detect import Loaded
    from hinomi.detect.correlate import Correlation
    from hinomi.detect.intel import Lookup
    from hinomi.pipeline.hunt import Quarry
    from hinomi.pipeline.hunt_orders import Wanted


class UnknownRule(UsageError):
    """A name is neither a file nor the id of a rule in use."""


class NoRule(UsageError):
    """Nothing of what was named can be loaded."""


@dataclass(frozen=True, slots=True)
class Ready:
    """`version` changes with any rule or indicator; `notes` say what is not hunted for; `together`
    are the correlations that the hits are counted for."""

    quarry: Quarry
    version: str
    notes: tuple[str, ...] = ()
    together: Together | None = None


class _Together:
    """Several quarries in one reading of the lake."""

    def __init__(self, quarries: Sequence[Quarry]) -> None:
        self._quarries = quarries

    def may_concern(self, shape: str) -> bool:
        return any(each.may_concern(shape) for each in self._quarries)

    def candidates(self, group: Group) -> Mask:
        found = uniform(answer=False, rows=group.rows)
        for each in self._quarries:
            if each.may_concern(group.shape):
                found |= each.candidates(group)
        return found

    def find(self, events: Sequence[Event]) -> list[Finding]:
        return [finding for each in self._quarries for finding in each.find(events)]


def ready(wanted: Wanted, *, config: Config, found_at: datetime, hands_on: bool) -> Ready:
    """Raises UsageError when nothing is asked for, or something that is not there.

    A rule that only feeds a correlation is shown by itself when somebody named it, but never makes
    an incident.
    """
    with open_directory(config.data) as directory:
        generation = directory.generation()
    parts: dict[str, Quarry] = {}
    notes: tuple[str, ...] = ()
    together: Together | None = None
    if wanted.rules:
        found = _rules_of(wanted.rules, config=config)
        notes = tuple(_notes(found))
        matcher = RuleSet(found.rules, aliases=aliases_by_shape())
        versions = Versions(matcher.rule_pack, generation)
        silent = found.silent if hands_on else found.silent - set(wanted.rules)
        together = Together(found.correlations, found.rules, silent, versions, found_at)
        parts[f"{matcher.rule_pack}{together.version}"] = RuleQuarry(
            matcher, versions=versions, aliases=aliases_by_shape(), found_at=found_at
        )
    for known in _lookups(wanted, config=config):
        versions = Versions(known.name, generation)
        parts[known.name] = IndicatorQuarry(
            known, versions=versions, aliases=aliases_by_shape(), found_at=found_at
        )
    if not parts:
        raise UsageError(
            "Nothing to hunt for.", advice="Give --rules PATH|ID or --indicator VALUE."
        )
    quarries = list(parts.values())
    quarry = quarries[0] if len(quarries) == 1 else _Together(quarries)
    return Ready(quarry, " ".join(parts), notes, together)


def absolute(names: Sequence[str]) -> tuple[str, ...]:
    """Paths as they are found from anywhere; ids as they are."""
    return tuple(str(Path(name).absolute()) if Path(name).exists() else name for name in names)


def _lookups(wanted: Wanted, *, config: Config) -> Iterator[Lookup]:
    if wanted.indicators:
        yield named_indicators(wanted.indicators)
    if wanted.indicator_set:
        path = config.data / INTEL / wanted.indicator_set
        if path.parent != config.data / INTEL or not path.is_file():
            raise UsageError(
                f"There is no set of indicators {wanted.indicator_set!r}.",
                advice="See `hinomi intel list`.",
            )
        yield PackedSet(path)


def _notes(found: Loaded) -> Iterator[str]:
    if found.refused:
        yield f"{len(found.refused):,} rules were refused; see `hinomi rules check`."


def _rules_of(names: Sequence[str], *, config: Config) -> Loaded:
    """What the paths hold, and the rules in use that the ids name; a correlation's id names the
    rules and correlations it is made of, too."""
    loaded = load_rules([Path(name) for name in names if Path(name).exists()])
    rules = {rule.id: rule for rule in loaded.rules}
    correlations, silent = list(loaded.correlations), set(loaded.silent)
    ids = [name for name in names if not Path(name).exists()]
    if ids:
        in_use = load_rules(default_rule_paths(config))
        known = {rule.id: rule for rule in in_use.rules}
        joined = {one.id: one for one in in_use.correlations}
        silent |= in_use.silent
        for wanted in ids:
            if wanted not in known and wanted not in joined:
                raise UnknownRule(
                    f"{wanted!r} is neither a file nor the id of a rule in use.",
                    advice="`hinomi rules list --search TEXT` shows ids.",
                )
            named = _with_parts(wanted, joined)
            correlations += [joined[each] for each in named if each in joined]
            rules.update((each, known[each]) for each in named if each in known)
    if not rules:
        fault = loaded.refused[0] if loaded.refused else None
        raise NoRule(
            f"No rule could be loaded: {fault.reason}" if fault else "No rule could be loaded.",
            place=fault.place if fault else Place(names[0]),
            advice="See `hinomi rules check PATH`.",
        )
    return replace(
        loaded,
        rules=tuple(rules.values()),
        correlations=tuple({one.id: one for one in correlations}.values()),
        silent=frozenset(silent),
    )


def _with_parts(wanted: str, joined: Mapping[str, Correlation]) -> set[str]:
    """The rule or correlation itself, and all that a correlation joins."""
    one = joined.get(wanted)
    return {wanted} | (needed_for([one], joined.values()) if one else set())
