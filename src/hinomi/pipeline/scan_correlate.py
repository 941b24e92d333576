"""Correlations over the hits of a scan: files come in any order, so hits wait and are sorted first.

Hits of rules that only feed a correlation, or are below the wanted level, end here.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.core.state import MemoryState
from hinomi.detect.correlate import Correlation, Correlator
from hinomi.detect.found import Found
from hinomi.normalise import aliases_by_shape
from hinomi.pipeline.findings import Versions, event_behind, make_found
from hinomi.pipeline.report.tally import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hinomi.detect import Rule

# Sorted together. About 200 MB at worst; a scan with more hits than this is sorted in stretches,
# and a stretch finds its place in time by the correlator's own handling of late hits.
MOST_WAITING = 50_000


class ScanCorrelator:
    """Feed it all hits of a scan; it passes on those to show and adds what they complete."""

    def __init__(
        self, correlations: Sequence[Correlation], *, rules: Iterable[Rule], shown: frozenset[str]
    ) -> None:
        """`shown`: ids of rules and correlations whose hits a person wants to see."""
        self._shown = shown
        self._needed = {part.id for one in correlations for part in one.parts}
        self._places: dict[str, tuple[str, int]] = {}
        self._correlator = Correlator(
            correlations, rules=rules, state=MemoryState(), aliases=aliases_by_shape()
        )

    def pass_on(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """The shown hits as they come; what they complete follows when enough or all are in."""
        waiting: list[Hit] = []
        for hit in hits:
            if hit.rule.id in self._shown:
                yield hit
            if hit.rule.id in self._needed:
                waiting.append(hit)
            if len(waiting) >= MOST_WAITING:
                yield from self._completed(waiting)
                waiting = []
        yield from self._completed(waiting)

    def _completed(self, hits: list[Hit]) -> Iterator[Hit]:
        for hit in sorted(hits, key=lambda hit: hit.finding.event_time):
            event = event_behind(hit.finding, hit.shape)
            self._places[event.event_id] = (hit.source, hit.record)
            self._correlator.see(event)
            for found in self._correlator.take(event, [hit.rule.id]):
                if found.teller.id in self._shown:
                    yield self._hit(found, hit)
        self._correlator.flush()

    def _hit(self, found: Found, last: Hit) -> Hit:
        teller = found.teller
        assert isinstance(teller, Correlation)  # nobody else tells a Correlator's findings
        named = Found(
            teller=teller,
            event=found.event,
            why=(*found.why, Why("records", "records", self._records(found), "")),
            key=found.key,
            earlier=found.earlier,
        )
        aliases = aliases_by_shape().get(found.event.shape, {})
        finding = make_found(found=named, versions=Versions(), aliases=aliases)
        return Hit(last.source, last.record, teller, finding, last.shape)

    def _records(self, found: Found) -> str:
        """Where the events stand, `file:record`, oldest first."""
        ids = dict.fromkeys([*(one.event_id for one in found.earlier), found.event.event_id])
        places = (self._places[one] for one in islice(ids, 10) if one in self._places)
        return ", ".join(f"{source}:{record}" for source, record in places)
