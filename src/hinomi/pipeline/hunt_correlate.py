"""Correlations back in time: what the hits of a hunt show together, in the order of events.

The lake is read newest day first, so hits wait in the hunt's folder until all are there. Only their
places are sorted in memory: a million of them are about 150 MB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from hinomi.core.findings import LATE_AFTER
from hinomi.core.state import MemoryState
from hinomi.detect.correlate import Correlator, needed_for
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.findings import event_behind, make_found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hinomi.core.findings import Finding
    from hinomi.core.records import Event
    from hinomi.detect import Rule
    from hinomi.detect.correlate import Correlation
    from hinomi.pipeline.findings import Versions
    from hinomi.store.hunts import HuntFolder

MOST_HITS = 1_000_000  # of rules that feed a correlation, in one hunt
_AT_ONCE = 1_000  # hits between two writings of windows; MemoryState costs nothing


@dataclass(frozen=True)
class Together:
    """The correlations of a hunt, inner ones too. `silent` are ids of rules and correlations that
    only feed another: nobody asked to see them."""

    correlations: tuple[Correlation, ...]
    rules: tuple[Rule, ...]
    silent: frozenset[str]
    versions: Versions
    found_at: datetime

    @cached_property
    def feeding(self) -> frozenset[str]:
        """The ids whose hits must wait."""
        return needed_for(self.correlations, self.correlations)

    @property
    def version(self) -> str:
        """Changes with any correlation."""
        return ",".join(sorted(one.digest for one in self.correlations))

    def completed(self, folder: HuntFolder) -> Iterator[Finding]:
        """What the waiting hits complete, as the stream would have told it, under the same ids."""
        places = _places(folder)
        if not places:
            return
        correlator = Correlator(
            self.correlations, rules=self.rules, state=MemoryState(), aliases=aliases_by_shape()
        )
        with folder.hits() as read:
            for number, (_, place) in enumerate(places):
                shape, hit = read(place)
                event = event_behind(hit, shape)
                correlator.see(event)
                yield from self._told(correlator, event, [hit.rule_id])
                if number % _AT_ONCE == 0:
                    correlator.flush()

    def _told(
        self, correlator: Correlator, event: Event, rule_ids: Sequence[str]
    ) -> Iterator[Finding]:
        aliases = aliases_by_shape().get(event.shape, {})
        for found in correlator.take(event, rule_ids):
            if found.teller.id in self.silent:
                continue
            finding = make_found(found=found, versions=self.versions, aliases=aliases)
            is_late = self.found_at - finding.event_time > LATE_AFTER
            yield replace(finding, late=finding.late or is_late)


def _places(folder: HuntFolder) -> list[tuple[float, int]]:
    """When and where, oldest first."""
    return sorted((hit.event_time.timestamp(), place) for place, _, hit in folder.all_hits())
