"""What a batch changes in the pipeline store: pure sums over its records, no store here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core.findings import LATE_AFTER
from hinomi.core.records import Event, SetAside
from hinomi.store.pipeline_rows import DetectWork, SeenDevice, SetAsideCount, SourceStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from hinomi.core.findings import Finding

    Record = Event | SetAside

SAMPLE_LENGTH = 2_000


def tally(
    records: Sequence[Record],
    *,
    findings: Sequence[Finding],
    offsets: Mapping[int, int],
    text_of_raw: Callable[[bytes], str],
) -> DetectWork:
    """`text_of_raw` shows bytes to a person; it is asked once or twice per source."""
    sources: dict[tuple[str, str], SourceStatus] = {}
    devices: dict[tuple[str, str], SeenDevice] = {}
    asides: Counter[tuple[str, str, date, str]] = Counter()
    for record in records:
        key = (record.organisation, record.source)
        before = sources.get(key) or _nothing_yet(record)
        if isinstance(record, Event):
            sources[key] = _with_event(before, record, text_of_raw=text_of_raw)
            _see(devices, record)
            continue
        sources[key] = _with_set_aside(before, record, text_of_raw=text_of_raw)
        asides[(*key, record.receive_time.date(), record.reason.value)] += 1
    return DetectWork(
        offsets=offsets,
        findings=findings,
        sources=list(sources.values()),
        set_aside=[_count(key, records=n) for key, n in asides.items()],
        devices=list(devices.values()),
    )


def _nothing_yet(record: Record) -> SourceStatus:
    return SourceStatus(record.organisation, record.source, 0, 0, 0, record.receive_time)


def _with_event(
    before: SourceStatus, event: Event, *, text_of_raw: Callable[[bytes], str]
) -> SourceStatus:
    is_late = event.receive_time - event.event_time > LATE_AFTER
    status = replace(
        before,
        records=before.records + 1,
        readable=before.readable + 1,
        last_receive=event.receive_time,
        last_alive=before.last_alive if is_late else event.receive_time,
        last_event=event.event_time,
    )
    if before.first_readable_at is None:
        sample = text_of_raw(event.raw)[:SAMPLE_LENGTH]
        return replace(status, first_readable_at=event.receive_time, first_readable=sample)
    return status


def _with_set_aside(
    before: SourceStatus, note: SetAside, *, text_of_raw: Callable[[bytes], str]
) -> SourceStatus:
    status = replace(
        before,
        records=before.records + 1,
        set_aside=before.set_aside + 1,
        last_receive=note.receive_time,
    )
    if before.last_set_aside_at is not None:  # one sample per batch tells enough
        return replace(status, last_set_aside_at=note.receive_time)
    return replace(
        status,
        last_set_aside_at=note.receive_time,
        last_set_aside_reason=note.reason.value,
        last_set_aside_detail=note.detail,
        last_set_aside=text_of_raw(note.raw)[:SAMPLE_LENGTH],
    )


def _see(devices: dict[tuple[str, str], SeenDevice], event: Event) -> None:
    if not event.device:
        return
    key = (event.organisation, event.device)
    known = devices.get(key)
    first = known.first_seen if known else event.receive_time
    devices[key] = SeenDevice(*key, event.source, first, event.receive_time)


def _count(key: tuple[str, str, date, str], *, records: int) -> SetAsideCount:
    organisation, source, day, reason = key
    return SetAsideCount(organisation, source, day, reason, records)
