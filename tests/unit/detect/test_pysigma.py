"""An independent reader of Sigma as oracle: pySigma parses, a few lines here evaluate its tree.

What it says of every SigmaHQ rule on recorded events must be what our reference says. Names and
routes are ours on both sides: pySigma leaves them to its pipelines.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from sigma import conditions, types
from sigma.rule import SigmaRule

from hinomi.detect import RuleSet, facts
from hinomi.detect.reference import applies, fires
from hinomi.detect.tree import placeholders_of
from hinomi.normalise import aliases_by_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hinomi.core.records import Event
    from hinomi.detect import Loaded
    from hinomi.detect.bind import Bound

_EVERY = 25  # of the recorded events; all of them would take minutes in pySigma's classes
_PARTS = {types.SpecialChars.WILDCARD_MULTI: ".*", types.SpecialChars.WILDCARD_SINGLE: "."}


@pytest.fixture(scope="module")
def events(shared: Path, recorded: Callable[[Path], Iterator[Event]]) -> list[Event]:
    """The labelled events, and some of the recorded attacks."""
    labelled = sorted((shared / "sigma-regression-dev").glob("*.evtx"))
    others = sorted((shared / "evtx-dev").glob("*.evtx"))
    found = [event for path in labelled for event in recorded(path)]
    every = (event for path in others for event in recorded(path))
    return found + list(islice(every, 0, None, _EVERY))


def test_every_rule_means_on_recorded_events_what_pysigma_says(
    sigmahq: Loaded, events: list[Event]
) -> None:
    windows = [
        rule
        for rule in sigmahq.rules
        if rule.logsource.product == "windows" and not placeholders_of(rule.condition)
    ]
    rules = RuleSet(windows, aliases=aliases_by_shape())
    trees: dict[str, Any] = {}
    compared = fired = 0
    for bound in rules.bound:
        mine = [event for event in events if applies(bound.route, event)]
        if not mine:
            continue
        if bound.rule.id not in trees:
            trees[bound.rule.id] = _tree(bound.rule.path)
        for event in mine:
            ours = fires(bound, event)
            assert ours == _holds(trees[bound.rule.id], bound, event), bound.rule.path
            compared, fired = compared + 1, fired + ours
    assert (compared > 10_000, fired > 40) == (True, True)


def _tree(path: str) -> Any:
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123
        return SigmaRule.from_yaml(stream.read()).detection.parsed_condition[0].parsed


def _holds(node: Any, bound: Bound, event: Event) -> bool:
    if isinstance(node, conditions.ConditionAND):
        return all(_holds(part, bound, event) for part in node.args)
    if isinstance(node, conditions.ConditionOR):
        return any(_holds(part, bound, event) for part in node.args)
    if isinstance(node, conditions.ConditionNOT):
        return not _holds(node.args[0], bound, event)
    if isinstance(node, conditions.ConditionFieldEqualsValueExpression):
        found = facts.find(event, bound.names(node.field))
        return _meets(node.value, None if found is None else found[1], bound, event)
    texts = [text for _, text in facts.searchable(event)]
    return any(_is_within(node.value, text) for text in texts)


def _meets(value: Any, text: str | None, bound: Bound, event: Event) -> bool:
    if isinstance(value, types.SigmaExpansion):
        return any(_meets(one, text, bound, event) for one in value.values)
    if isinstance(value, types.SigmaNull):
        return text is None
    if isinstance(value, types.SigmaExists):
        return (text is not None) == bool(value)
    if text is None:
        return False
    if isinstance(value, types.SigmaFieldReference):
        other = facts.find(event, bound.names(value.field))
        return other is not None and other[1].lower() == text.lower()
    if isinstance(value, types.SigmaString):
        return _expression(value, "").fullmatch(text) is not None
    if isinstance(value, types.SigmaRegularExpression):
        flags = re.NOFLAG
        for flag in value.flags:
            flags |= getattr(re, flag.name)
        return re.search(str(value.regexp), text, flags) is not None
    if isinstance(value, types.SigmaCIDRExpression):
        try:
            return ipaddress.ip_address(text) in ipaddress.ip_network(value.cidr)
        except ValueError:
            return False
    if isinstance(value, types.SigmaBool):
        return text.lower() == str(bool(value)).lower()
    assert isinstance(value, types.SigmaNumber), type(value)
    return text == str(value.number)


def _is_within(value: Any, text: str) -> bool:
    if isinstance(value, types.SigmaRegularExpression):
        return re.search(str(value.regexp), text) is not None
    return _expression(value, ".*").fullmatch(text) is not None


def _expression(value: Any, around: str) -> re.Pattern[str]:
    if not isinstance(value, types.SigmaString):
        value = types.SigmaString(str(value))
    body = "".join(_PARTS[part] if part in _PARTS else re.escape(part) for part in value.s)
    cased = isinstance(value, types.SigmaCasedString)
    return re.compile(around + body + around, re.DOTALL | (0 if cased else re.IGNORECASE))
