"""Which exception silences a finding. The finding is kept, with the exception's id in it.

Only an event received while the exception held is silenced, so that a replay decides the same.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.core.errors import RuleRefused
from hinomi.detect.exceptions import ExceptionRule
from hinomi.normalise import aliases_by_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.core.directory import Directory, RuleException
    from hinomi.core.records import Event
    from hinomi.detect.found import Found

logger = logging.getLogger(__name__)
MARK = "exception:"  # what silenced a finding begins so, then comes the exception's id


class Silencer:
    """The exceptions of one directory, by company and rule. Without any it costs a look-up."""

    def __init__(self, directory: Directory) -> None:
        self._lists = directory.placeholders
        self._by_rule: dict[tuple[str, str], list[tuple[RuleException, ExceptionRule]]] = {}
        for one in directory.exceptions:
            rule = _readable(one.filter)
            if rule is None:
                logger.error(
                    "the exception %s cannot be read any more: it silences nothing", one.id
                )
                continue
            for organisation in one.organisations:
                for rule_id in rule.rule_ids:
                    self._by_rule.setdefault((organisation, rule_id), []).append((one, rule))

    def silenced_by(self, found: Found) -> str:
        """The mark of the exception, "" when none means everything the finding rests on."""
        event = found.event
        for one, rule in self._by_rule.get((event.organisation, found.teller.id), ()):
            lists = self._lists.get(event.organisation, {})
            is_live = one.since <= event.receive_time < one.until
            if is_live and all(rule.means(each, lists) for each in _all_events(found)):
                return f"{MARK}{one.id}"
        return ""


def _all_events(found: Found) -> Iterator[Event]:
    """Also what a correlation counted before: one event that is not meant, and it is told."""
    yield found.event
    for older in found.earlier:
        yield replace(found.event, fields=older.fields, raw=older.raw)


@lru_cache(maxsize=2048)
def _readable(text: str) -> ExceptionRule | None:
    """The directory changes with every new source; its exceptions seldom do."""
    try:
        return ExceptionRule(text, path="exception", aliases=aliases_by_shape())
    except RuleRefused:
        return None
