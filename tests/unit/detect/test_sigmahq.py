"""SigmaHQ's own rules: which load, which are refused and why, and that labelled events fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect import RuleSet
from hinomi.detect.tree import placeholders_of
from hinomi.normalise import aliases_by_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded


def test_every_rule_loads(sigmahq: Loaded) -> None:
    assert not sigmahq.refused
    assert len(sigmahq.rules) > 3_700


def test_the_rules_that_wait_for_an_organisations_values_are_known(sigmahq: Loaded) -> None:
    waiting = [rule for rule in sigmahq.rules if placeholders_of(rule.condition)]
    assert len(waiting) == 25


def test_every_windows_rule_has_a_route(sigmahq: Loaded) -> None:
    windows = [rule for rule in sigmahq.rules if rule.logsource.product == "windows"]
    waiting = RuleSet(windows).without_source
    assert not {str(rule.logsource) for rule in waiting}


def test_each_labelled_event_fires_its_rule(
    shared: Path, sigmahq: Loaded, recorded: Callable[[Path], Iterator[Event]]
) -> None:
    rules = RuleSet(sigmahq.rules, aliases=aliases_by_shape())
    files = sorted((shared / "sigma-regression-dev").glob("*.evtx"))
    assert files
    for path in files:
        fired = {match.rule.id for event in recorded(path) for match in rules.match(event)}
        assert path.stem in fired
