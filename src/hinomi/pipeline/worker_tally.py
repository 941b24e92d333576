"""What a batch changes in the pipeline store: pure sums over its records, no store here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.records import Event, SetAside
from hinomi.pipeline.lan_devices import SHAPE, lan_device
from hinomi.pipeline.liveness import proves_alive
from hinomi.store.pipeline_rows import DetectWork, SeenDevice, SetAsideCount, SourceStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from hinomi.core.findings import Finding
    from hinomi.store.lan_rows import LanDevice

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
    sources: dict[tuple[str, str], _Heard] = {}
    devices: dict[tuple[str, str], SeenDevice] = {}
    lan: list[LanDevice] = []
    asides: Counter[tuple[str, str, date, str]] = Counter()
    for record in records:
        key = (record.organisation, record.source)
        heard = sources.get(key)
        if heard is None:
            heard = sources[key] = _Heard(*key, record.receive_time)
        if isinstance(record, Event):
            heard.hear(record)
            _see(devices, record)
            if record.shape == SHAPE and (found := lan_device(record)):
                lan.append(found)
            continue
        heard.hear_unreadable(record)
        asides[(*key, record.receive_time.date(), record.reason.value)] += 1
    return DetectWork(
        offsets=offsets,
        findings=findings,
        sources=[heard.status(text_of_raw) for heard in sources.values()],
        set_aside=[_count(key, records=n) for key, n in asides.items()],
        devices=list(devices.values()),
        lan=lan,
    )


@dataclass(slots=True)
class _Heard:
    """A source's status while it is counted: a new value for each record cost 5 µs (measured)."""

    organisation: str
    source: str
    last_receive: datetime
    records: int = 0
    readable: int = 0
    last_alive: datetime | None = None
    last_event: datetime | None = None
    first: Event | None = None
    first_note: SetAside | None = None
    last_note_at: datetime | None = None

    def hear(self, event: Event) -> None:
        """A readable record. A late one does not prove the source alive."""
        self.records += 1
        self.readable += 1
        self.last_receive = event.receive_time
        self.last_event = event.event_time
        if proves_alive(event):
            self.last_alive = event.receive_time
        if self.first is None:
            self.first = event

    def hear_unreadable(self, note: SetAside) -> None:
        """One sample per batch tells enough."""
        self.records += 1
        self.last_receive = self.last_note_at = note.receive_time
        if self.first_note is None:
            self.first_note = note

    def status(self, text_of_raw: Callable[[bytes], str]) -> SourceStatus:
        """The finished value; only now bytes are turned into text for a person."""
        first, note = self.first, self.first_note
        return SourceStatus(
            organisation=self.organisation,
            source=self.source,
            records=self.records,
            readable=self.readable,
            set_aside=self.records - self.readable,
            last_receive=self.last_receive,
            last_alive=self.last_alive,
            last_event=self.last_event,
            first_readable_at=first.receive_time if first else None,
            first_readable=text_of_raw(first.raw)[:SAMPLE_LENGTH] if first else "",
            last_set_aside_at=self.last_note_at,
            last_set_aside_reason=note.reason.value if note else "",
            last_set_aside_detail=note.detail if note else "",
            last_set_aside=text_of_raw(note.raw)[:SAMPLE_LENGTH] if note else "",
        )


def _see(devices: dict[tuple[str, str], SeenDevice], event: Event) -> None:
    """What a relay hears of others is kept apart: nobody there sent a record."""
    if not event.device or event.shape == SHAPE:
        return
    key = (event.organisation, event.device)
    known = devices.get(key)
    first = known.first_seen if known else event.receive_time
    devices[key] = SeenDevice(*key, event.source, first, event.receive_time)


def _count(key: tuple[str, str, date, str], *, records: int) -> SetAsideCount:
    organisation, source, day, reason = key
    return SetAsideCount(organisation, source, day, reason, records)
