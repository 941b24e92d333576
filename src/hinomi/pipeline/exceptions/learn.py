"""What a company's findings of some days suggest: the rules that spoke most, an exception each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.words import Level
from hinomi.detect import load_rules
from hinomi.pipeline.exceptions.proposal import Proposal, propose
from hinomi.pipeline.rules import default_rule_paths
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.config import Config
    from hinomi.core.findings import Finding
    from hinomi.detect import Rule

LEAST = 3  # fewer are not noise
_LOOKED_AT = 5_000  # the newest findings of the company
# A rule of this level is never proposed to be silenced: somebody must look each time.
_TOO_GRAVE = Level.CRITICAL


@dataclass(frozen=True, slots=True)
class Learned:
    """A proposal and how often its rule spoke in `days`."""

    title: str
    findings: int
    days: int
    proposal: Proposal


def learn(
    config: Config, *, organisation: str, rule: str = "", days: int, most: int
) -> list[Learned]:
    """The most frequent first. Only plain rules: a correlation has counted already."""
    since = config.clock.now() - timedelta(days=days)
    path = config.data / FILE_NAME
    if not path.exists():
        return []
    with PipelineReader(path) as reader:
        found = reader.findings_of(organisation, limit=_LOOKED_AT)
    recent = [one for one in found if one.receive_time >= since and not one.silenced_by]
    rules = {one.id: one for one in load_rules(default_rule_paths(config)).rules}
    return suggest(
        [one for one in recent if not rule or one.rule_id == rule], rules.values(), days=days
    )[:most]


def suggest(findings: Sequence[Finding], rules: Iterable[Rule], *, days: int) -> list[Learned]:
    """From findings alone, whatever their order."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule_id].append(finding)
    known = {rule.id: rule for rule in rules}
    learned = []
    for rule_id, group in sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0])):
        rule = known.get(rule_id)
        if rule is None or rule.level is _TOO_GRAVE or len(group) < LEAST:
            continue
        events = [one.evidence[-1].fields for one in group if one.evidence]
        made = propose(rule_id=rule.id, title=rule.title, logsource=rule.logsource, events=events)
        if made is not None and made.covers >= LEAST:
            learned.append(Learned(rule.title, len(group), days, made))
    return learned
