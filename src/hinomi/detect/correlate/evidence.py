"""A hit cut down to what fits in the memory of a group: a million groups must.

Finding keeps ten events whole up to 64 KiB; here an event has 1 KiB, and its id leads to the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.findings import Evidence
from hinomi.detect.correlate.watermark import microseconds, moment_of
from hinomi.detect.correlate.window import Occurrence

if TYPE_CHECKING:
    from collections.abc import Collection

    from hinomi.core.records import Event

FIELDS_BYTES = 640
RAW_BYTES = 384
_LONGEST_VALUE = 200


def short_fields(event: Event, *, wanted: Collection[str]) -> dict[str, str]:
    """Fields that hold a group value first, then the shortest; what does not fit is left out."""
    room = FIELDS_BYTES
    kept = set()
    order = sorted(event.fields.items(), key=lambda item: (item[1] not in wanted, len(item[1])))
    for name, value in order:
        room -= len(name) + min(len(value), _LONGEST_VALUE)
        if room < 0:
            break
        kept.add(name)
    return {name: value[:_LONGEST_VALUE] for name, value in event.fields.items() if name in kept}


def short_raw(event: Event) -> bytes:
    """A line as it came; a long record not at all, its beginning says nothing."""
    return event.raw if len(event.raw) <= RAW_BYTES else b""


def evidence_of(hit: Occurrence) -> Evidence:
    """As a finding holds it."""
    return Evidence(
        event_id=hit.id, event_time=moment_of(hit.at), fields=hit.fields or {}, raw=hit.raw
    )


def occurrence_of(evidence: Evidence) -> Occurrence:
    """Back again, as part of a hit one storey up."""
    return Occurrence(
        at=microseconds(evidence.event_time),
        part=-1,
        id=evidence.event_id,
        until=0,
        fields=dict(evidence.fields),
        raw=evidence.raw,
    )
