"""A Sigma filter read the other way round: as the rule for what a person wants left alone.

The filter lets through what meets its condition, so the exception fires where that is not met. It
is asked of findings only, a handful, so the naive matcher does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.core.words import Level
from hinomi.detect import reference, tree
from hinomi.detect.bind import bind
from hinomi.detect.load import parse_documents
from hinomi.detect.rule import Filter, Refusal, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.records import Event
    from hinomi.detect.modifiers import Placeholders

_ADVICE = "`hinomi rules exceptions propose` writes one that can be changed."


class ExceptionRule:
    """What one filter document silences, and of which rules. Raises RuleRefused with its place."""

    def __init__(self, text: str, *, path: str, aliases: Mapping[str, Mapping[str, str]]) -> None:
        self.filter = _read(text, path)
        self.rule_ids = frozenset(one.text for one in self.filter.rules)
        self._bound = bind([_turned(self.filter)], aliases)
        if not self._bound:
            raise _refused(self.filter, f"no source of ours is {self.filter.logsource}")

    def means(self, event: Event, lists: Placeholders = reference.NO_LISTS) -> bool:
        """Whether the event is of the kind that is to be left alone."""
        return any(reference.fires(bound, event, lists) for bound in self._bound)


def _read(text: str, path: str) -> Filter:
    """One filter that names its rules: an exception from everything would be a blindfold."""
    documents = list(parse_documents(text.encode(), path=path))
    first = documents[0]
    if isinstance(first, Refusal):
        raise RuleRefused(first.reason, place=first.place, advice=first.advice)
    if len(documents) != 1 or not isinstance(first, Filter):
        raise RuleRefused(f"{path}: an exception is one Sigma filter document", advice=_ADVICE)
    if not first.rules:
        raise _refused(first, "an exception names the rules it is from, not any")
    return first


def _refused(one: Filter, reason: str) -> RuleRefused:
    place = Refusal(one.path, one.line, 1, reason).place
    return RuleRefused(reason, place=place, advice=_ADVICE)


def _turned(one: Filter) -> Rule:
    return Rule(
        id=one.id,
        title=one.title,
        level=Level.INFORMATIONAL,
        status="",
        logsource=one.logsource,
        condition=tree.Not(one.condition),
        path=one.path,
        line=one.line,
        digest=one.digest,
    )
