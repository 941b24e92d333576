"""A window that met its condition → Found: what was counted, in which rules, with which events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.findings import Why
from hinomi.detect.correlate.correlation import Expression
from hinomi.detect.correlate.evidence import evidence_of
from hinomi.detect.correlate.fields import key_of
from hinomi.detect.correlate.measure import measured
from hinomi.detect.correlate.watermark import moment_of
from hinomi.detect.correlate.window import EVIDENCE_KEPT, Occurrence, Window
from hinomi.detect.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hinomi.core.records import Event
    from hinomi.detect.correlate.correlation import Correlation

_LONGEST_VALUE = 1_000


def tell(
    one: Correlation, window: Window, *, last: int, event: Event, group: Mapping[str, str]
) -> Found:
    """`event` is the one that was just read: a late one may complete an older window."""
    first = window.first_of(last, span=one.span_us)
    hits = window.occurrences[first : last + 1]
    number = measured(one, window.occurrences, first, last)
    return Found(
        teller=one,
        event=event,
        why=tuple(_reasons(one, hits, number=number, group=group)),
        key=f"{key_of(group)}\0{hits[0].id}",
        earlier=tuple(evidence_of(hit) for hit in _chosen(one, hits, without=event.event_id)),
    )


def _reasons(
    one: Correlation, hits: Sequence[Occurrence], *, number: float, group: Mapping[str, str]
) -> Iterator[Why]:
    counted = "" if isinstance(one.condition, Expression) else f"; it was {number:g}"
    for name, value in (group or {"(all)": "every event"}).items():
        shown = value[:_LONGEST_VALUE]
        yield Why(selection="correlation", field=name, value=shown, pattern=one.asked + counted)
    for place, part in enumerate(one.parts):
        own = [hit for hit in hits if hit.part == place]
        if own:
            when = _when(own)
            rule = f"rule {part.id}: {part.asked}" if part.asked else f"rule {part.id}"
            yield Why(selection=part.title, field="events", value=when, pattern=rule)


def _when(hits: Sequence[Occurrence]) -> str:
    first, last = (_second(hits[0].at), _second(hits[-1].at))
    if len(hits) == 1:
        return f"1 event at {first}"
    return f"{len(hits):,} events from {first} to {last}"


def _second(at: int) -> str:
    return moment_of(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def _with_inner(hits: Sequence[Occurrence]) -> Iterator[Occurrence]:
    """Newest first; behind the hit of an inner correlation, what completed that one."""
    for hit in reversed(hits):
        yield hit
        yield from reversed(hit.inner)


def _chosen(one: Correlation, hits: Sequence[Occurrence], *, without: str) -> list[Occurrence]:
    """The newest of each part, then the newest of all, oldest first; an event once."""
    known: dict[str, Occurrence] = {}
    newest = [hit for hit in _with_inner(hits) if hit.fields is not None and hit.id != without]
    for part in range(len(one.parts)):
        for hit in newest:
            if hit.part == part:
                known.setdefault(hit.id, hit)
                break
    for hit in newest:
        known.setdefault(hit.id, hit)
    return sorted(list(known.values())[:EVIDENCE_KEPT], key=lambda hit: hit.at)
