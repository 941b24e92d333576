"""From what a person names (a rule file, a rule's id, a value) to what is hunted for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, UsageError
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt_rules import RuleQuarry
from hinomi.pipeline.rules import default_rule_paths
from hinomi.store.directory import open_directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.config import Config
    from hinomi.detect import Refusal, Rule
    from hinomi.pipeline.hunt import Quarry


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to hunt for: `rules` are paths, or ids of rules in use; `indicators` values."""

    rules: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Ready to hunt. `version` changes with any rule; `refused` are rules that do not load."""

    quarry: Quarry
    version: str
    refused: tuple[Refusal, ...] = ()


def quarry_of(wanted: Wanted, *, config: Config, found_at: datetime) -> Found:
    """Raises UsageError when nothing is asked for, or something that is not there."""
    if not wanted.rules:
        raise UsageError("Nothing to hunt for.", advice="Give --rules PATH|ID.")
    rules, refused = _rules_of(wanted.rules, config=config)
    matcher = RuleSet(rules, aliases=aliases_by_shape())
    with open_directory(config.data) as directory:
        generation = directory.generation()
    quarry = RuleQuarry(
        matcher,
        versions=Versions(rule_pack=matcher.rule_pack, directory_generation=generation),
        aliases=aliases_by_shape(),
        found_at=found_at,
    )
    return Found(quarry, matcher.rule_pack, refused)


def absolute(names: Sequence[str]) -> tuple[str, ...]:
    """Paths as they are found from anywhere; ids as they are."""
    return tuple(str(Path(name).absolute()) if Path(name).exists() else name for name in names)


def _rules_of(
    names: Sequence[str], *, config: Config
) -> tuple[Sequence[Rule], tuple[Refusal, ...]]:
    paths = [Path(name) for name in names if Path(name).exists()]
    ids = [name for name in names if not Path(name).exists()]
    loaded = load_rules(paths)
    rules = {rule.id: rule for rule in loaded.rules}
    if ids:
        in_use = {rule.id: rule for rule in load_rules(default_rule_paths(config)).rules}
        for wanted in ids:
            if wanted not in in_use:
                raise UsageError(
                    f"{wanted!r} is neither a file nor the id of a rule in use.",
                    advice="`hinomi rules list --search TEXT` shows ids.",
                )
            rules[wanted] = in_use[wanted]
    if not rules:
        fault = loaded.refused[0] if loaded.refused else None
        raise UsageError(
            f"No rule could be loaded: {fault.reason}" if fault else "No rule could be loaded.",
            place=fault.place if fault else Place(names[0]),
            advice="See `hinomi rules check PATH`.",
        )
    return list(rules.values()), loaded.refused
