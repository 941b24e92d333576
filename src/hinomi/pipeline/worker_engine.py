"""What the worker does with one record: read it, match it, and never let one record stop the rest.

Joins normalise, detect and findings; holds no store. A reader that raises costs its own record,
one that kills the process is found by worker_probe.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from hinomi.core.records import Event, SetAside
from hinomi.core.words import SetAsideReason
from hinomi.detect.found import Found
from hinomi.pipeline.findings import make_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from hinomi.core.findings import Finding
    from hinomi.core.records import RawRecord
    from hinomi.detect import Match
    from hinomi.detect.correlate import Correlator
    from hinomi.pipeline.findings import Versions

    Record = Event | SetAside
    ReadRecord = Callable[[RawRecord], Record]

HELD = "held"  # what a finding of a held rule says it was silenced by
logger = logging.getLogger(__name__)


def no_exception(_: Found) -> str:
    """Before the directory is known: nothing is silenced."""
    return ""


class Matcher(Protocol):
    """The part of `hinomi.detect.RuleSet` the worker needs."""

    def match_all(self, events: Sequence[Event]) -> Sequence[Sequence[Match]]:
        """For each event every rule that fires on it."""
        ...


class Finder(Protocol):
    """Whoever finds something in one event without the rules: intelligence, baselines."""

    def __call__(self, event: Event, /) -> Iterable[Found]:
        """What the event shows, each with its reason."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Reads and matches. Replaced as a whole when rules or the directory change.

    `silent` are ids of rules that only feed a correlation and make no finding of their own. `held`
    are ids of rules whose findings are kept but open no incident. `trial` finds in place of this
    one for the companies that try a new rule pack. `silenced_by` names the exception that means a
    finding, "" for none.
    """

    reader: ReadRecord
    matcher: Matcher
    versions: Versions
    aliases: Mapping[str, Mapping[str, str]]
    finders: tuple[Finder, ...] = ()
    correlator: Correlator | None = None
    silent: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    trial: Trial | None = None
    silenced_by: Callable[[Found], str] = no_exception

    @property
    def correlators(self) -> tuple[Correlator, ...]:
        """All that remember; of one organisation only one."""
        both = (self.correlator, self.trial.engine.correlator if self.trial else None)
        return tuple(one for one in both if one is not None)

    def with_surroundings(
        self,
        *,
        versions: Versions,
        finders: tuple[Finder, ...],
        silenced_by: Callable[[Found], str] = no_exception,
    ) -> Engine:
        """The same rules, other company facts: here and in the trial, which keeps its own pack."""
        trial = self.trial
        if trial is not None:
            own = replace(versions, rule_pack=trial.engine.versions.rule_pack)
            tried = trial.engine.with_surroundings(
                versions=own, finders=finders, silenced_by=silenced_by
            )
            trial = replace(trial, engine=tried)
        return replace(
            self, versions=versions, finders=finders, silenced_by=silenced_by, trial=trial
        )

    def read(self, raw: RawRecord) -> Record:
        """An event whose texts and times every store can hold, or a set-aside note."""
        if raw.frame_fault is not None:
            return set_aside(raw, raw.frame_fault, raw.frame_fault.of_frame)
        try:
            record = self.reader(raw)
            return _storable(record) if isinstance(record, Event) else record
        except Exception as error:
            logger.exception("the reader failed on record %s", raw.event_id)
            return set_aside(raw, SetAsideReason.CRASHED_READER, type(error).__name__)

    def find(self, events: Sequence[Event]) -> list[Finding]:
        """All there is to say of the events, one after the other. A part that fails is reported and
        says nothing; the others speak, and the event is kept."""
        if self.trial is None:
            return self._find_all(events)
        tries = self.trial.organisations.__contains__
        mine = [event for event in events if not tries(event.organisation)]
        theirs = [event for event in events if tries(event.organisation)]
        return self._find_all(mine) + self.trial.engine.find(theirs)

    def _find_all(self, events: Sequence[Event]) -> list[Finding]:
        matched = self._matched(events)
        return [
            finding
            for event, matches in zip(events, matched, strict=True)
            for finding in self._find(event, matches)
        ]

    def _matched(self, events: Sequence[Event]) -> Sequence[Sequence[Match]]:
        """All matched together; when that fails one by one, so that it costs one event only."""
        try:
            return self.matcher.match_all(events)
        except Exception:
            logger.exception("detection failed on a batch of %d events", len(events))
            return [self._matched_alone(event) for event in events]

    def _matched_alone(self, event: Event) -> Sequence[Match]:
        try:
            return self.matcher.match_all((event,))[0]
        except Exception:
            logger.exception("detection failed on event %s", event.event_id)
            return ()

    def _find(self, event: Event, matches: Sequence[Match]) -> list[Finding]:
        findings = []
        aliases = self.aliases.get(event.shape, {})
        for finder in (partial(self._by_rules, matches), *self.finders):
            try:
                for found in finder(event):
                    finding = make_found(found=found, versions=self.versions, aliases=aliases)
                    mark = HELD if finding.rule_id in self.held else self.silenced_by(found)
                    findings.append(replace(finding, silenced_by=mark) if mark else finding)
            except Exception:
                logger.exception("detection failed on event %s", event.event_id)
        return findings

    def _by_rules(self, matches: Sequence[Match], event: Event) -> Iterator[Found]:
        """First what rules say of this event alone, then what it completes."""
        for match in matches:
            if match.rule.id not in self.silent:
                yield Found(match.rule, event, match.why, event.event_id)
        if self.correlator is None:
            return
        self.correlator.see(event)
        for found in self.correlator.take(event, [match.rule.id for match in matches]):
            if found.teller.id not in self.silent:
                yield found


@dataclass(frozen=True, slots=True)
class Trial:
    """A new rule pack at a few companies before it is used for all."""

    organisations: frozenset[str]
    engine: Engine


def set_aside(raw: RawRecord, reason: SetAsideReason, detail: str) -> SetAside:
    """The note for a record that is not read."""
    return SetAside(
        event_id=raw.event_id,
        organisation=raw.organisation,
        source=raw.source,
        receive_time=raw.receive_time,
        reason=reason,
        detail=detail,
        raw=raw.raw,
    )


def _storable(event: Event) -> Event:
    """JSON can smuggle in half a surrogate pair; no store could write such a text."""
    try:
        "".join((*event.fields, *event.fields.values(), event.device, event.user)).encode()
    except UnicodeEncodeError:
        fields = {_whole(name): _whole(value) for name, value in event.fields.items()}
        return replace(event, fields=fields, device=_whole(event.device), user=_whole(event.user))
    return event


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
