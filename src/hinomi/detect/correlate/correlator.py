"""Hits in, correlations found out; per organisation, in event time, remembered by KeyedState.

The cost falls on hits only: an event on which no rule fires moves the watermark and nothing else.
A batch's windows are opened once; `flush` writes them back, `forget` throws them away.
`reference.py` says in the plainest way what must come out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.state import StateKey
from hinomi.detect.correlate.evidence import occurrence_of, short_fields, short_raw
from hinomi.detect.correlate.fields import FieldReader, key_of
from hinomi.detect.correlate.measure import is_met
from hinomi.detect.correlate.tell import tell
from hinomi.detect.correlate.watermark import LATENESS_US, Watermark, microseconds, moment_of
from hinomi.detect.correlate.window import (
    EVIDENCE_KEPT,
    INNER_KEPT,
    Occurrence,
    Window,
    decode,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hinomi.core.findings import Evidence
    from hinomi.core.records import Event
    from hinomi.core.state import KeyedState
    from hinomi.detect.correlate.correlation import Correlation, Part
    from hinomi.detect.found import Found
    from hinomi.detect.rule import Rule

KIND = "correlation"
_LONGEST_KEY = 200
_FOR_EVER = moment_of(2**62)


@dataclass(slots=True)
class Counts:
    """For the operator, by correlation id: hits that came later than LATENESS (judged on what is
    still kept), and hits dropped because one group had too many."""

    late: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A rule or an inner correlation came true on the event; `given` are an inner one's group
    values, `earlier` the events that led to it."""

    event: Event
    id: str
    given: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[Evidence] = ()


class Correlator:
    """All correlations of an installation. One thread; `state` may be replaced between batches."""

    def __init__(
        self,
        correlations: Sequence[Correlation],
        *,
        rules: Iterable[Rule],
        state: KeyedState,
        aliases: Mapping[str, Mapping[str, str]] | None = None,
        counts: Counts | None = None,
    ) -> None:
        """`aliases`: per shape, Sigma's generic field name → the native field that holds it."""
        self.correlations = tuple(correlations)
        self.counts = counts or Counts()
        self._state = state
        self._parts: dict[str, list[tuple[Correlation, int, Part]]] = {}
        for one in correlations:
            for number, part in enumerate(one.parts):
                self._parts.setdefault(part.id, []).append((one, number, part))
        needed = [rule for rule in rules if rule.id in self._parts]
        self._reader = FieldReader(needed, aliases=aliases or {})
        self._forms = {one.id: one.form for one in correlations}
        self._windows: dict[StateKey, Window] = {}
        self._watermarks: dict[str, Watermark] = {}

    def see(self, event: Event) -> None:
        """Every event must pass here, before `take`; it only moves the watermark."""
        if self._parts:
            self._watermark(event.organisation).see(event)

    def take(self, event: Event, rule_ids: Iterable[str]) -> list[Found]:
        """What the rules that fired on this event complete, inner correlations before outer."""
        found: list[Found] = []
        waiting = [_Hit(event, rule_id) for rule_id in rule_ids if rule_id in self._parts]
        while waiting:
            hit = waiting.pop(0)
            for one, number, part in self._parts.get(hit.id, ()):
                for told, group in self._count(one, number, part, hit):
                    found.append(told)
                    if one.id in self._parts:
                        waiting.append(_Hit(event, one.id, group, told.earlier))
        return found

    def flush(self) -> dict[str, datetime]:
        """Write what changed into the state. Returns how far each organisation touched has come:
        what expires before may be swept."""
        touched = {key.organisation for key in self._windows}
        for key, window in self._windows.items():
            if window.occurrences or window.runs:
                self._state.put(key, encode(window), expires=moment_of(window.until))
            else:
                self._state.drop(key)
        for organisation in touched:
            body = msgspec.msgpack.encode(self._watermarks[organisation])
            self._state.put(_watermark_key(organisation), body, expires=_FOR_EVER)
        self._windows.clear()
        return {name: moment_of(self._watermarks[name].reached) for name in touched}

    def forget(self) -> None:
        """The batch was not kept, or the state was replaced: begin again from the state."""
        self._windows.clear()
        self._watermarks.clear()

    def _count(
        self, one: Correlation, number: int, part: Part, hit: _Hit
    ) -> Iterator[tuple[Found, Mapping[str, str]]]:
        event = hit.event
        group = self._reader.group(one, part, event, hit.given)
        value = self._reader.value(one, part, event, hit.given) if one.values else ""
        if group is None or value is None:
            return
        at, span = microseconds(event.event_time), one.span_us
        reached = self._watermark(event.organisation).advance()
        if at < reached - LATENESS_US:
            self.counts.late[one.id] += 1
        window = self._window(_key(one, event.organisation, key_of(group)))
        window.forget_before(reached)
        place, dropped = window.insert(
            Occurrence(
                at=at,
                part=number,
                id=event.event_id,
                until=max(at, reached) + span + LATENESS_US,
                value=value,
                fields=short_fields(event, wanted=group.values()),
                raw=short_raw(event),
                inner=[occurrence_of(each) for each in hit.earlier[-INNER_KEPT:]],
            )
        )
        window.thin(number, keep=max(1, EVIDENCE_KEPT // len(one.parts)))
        self.counts.dropped[one.id] += dropped
        if place < 0:
            return  # older than everything in a group that is full
        met = window.newly_true(
            place, span=span, is_met=lambda hits, first, last: is_met(one, hits, first, last)
        )
        for last in met:
            if not window.belongs_to_run(last, span=span):
                yield tell(one, window, last=last, event=event, group=group), group

    def _window(self, key: StateKey) -> Window:
        window = self._windows.get(key)
        if window is None:
            body = self._state.get(key)
            form = self._forms[key.name]
            window = self._windows[key] = decode(body, form=form) if body else Window(form)
        return window

    def _watermark(self, organisation: str) -> Watermark:
        found = self._watermarks.get(organisation)
        if found is None:
            body = self._state.get(_watermark_key(organisation))
            found = _read_watermark(body) if body else Watermark()
            self._watermarks[organisation] = found
        return found


def _read_watermark(body: bytes) -> Watermark:
    try:
        return msgspec.msgpack.decode(body, type=Watermark)
    except msgspec.MsgspecError:
        return Watermark()  # beginning low only keeps memories longer than needed


def _watermark_key(organisation: str) -> StateKey:
    return StateKey(organisation, KIND, "", "")


def _key(one: Correlation, organisation: str, group: str) -> StateKey:
    """Values come from the wire: a very long one is kept as its hash."""
    if len(group) > _LONGEST_KEY:
        group = hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()
    return StateKey(organisation, KIND, one.id, group)
