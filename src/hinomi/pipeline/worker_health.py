"""What a batch says of its senders' health: volume, power, clocks, repeats, tries. No store here.

A second walk over the batch, beside worker_tally's. What is remembered between batches (volumes,
prints of recent records) is dropped when a batch fails, and read again from the store.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.core.records import Event, SetAside
from hinomi.core.signals import Goodbye, goodbye_in, try_names_in
from hinomi.core.words import TimeNote
from hinomi.pipeline.liveness import proves_alive
from hinomi.pipeline.volume import heard, window_of
from hinomi.store.health_rows import HealthWork, Power, SeenTry, SourceDay, Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from hinomi.core.findings import Finding

    Record = Event | SetAside

PRINTS = 50_000  # of each of two generations: about 8 MB
# How far behind us an event's time may be, and which count it goes to. Japan is nine hours ahead of
# UTC: a device whose zone is wrong is exactly that far off.
_ON_TIME_S = 120
_BEHIND_S = (
    (36_000, "days_behind"),
    (28_800, "zone_behind"),
    (3_600, "hours_behind"),
    (_ON_TIME_S, "minutes_behind"),
)
# Windows says goodbye in the System log: somebody shuts down, the log ends, the PC sleeps.
_POWER_EVENTS = {
    "1074": ("User32", Goodbye.OFF),
    "6006": ("EventLog", Goodbye.OFF),
    "42": ("Microsoft-Windows-Kernel-Power", Goodbye.SLEEP),
}


@dataclass(slots=True)
class _Day:
    """A source's day while it is being counted."""

    hours: int = 0
    records: int = 0
    readable: int = 0
    duplicates: int = 0
    findings: int = 0
    on_time: int = 0
    ahead: int = 0
    behind: dict[str, int] = field(default_factory=dict)


class Prints:
    """Recognises a record that came before, among the newest of all sources. Two generations."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()

    def is_repeat(self, source: str, raw: bytes) -> bool:
        """True when the same bytes of the same source came lately."""
        mark = hash((source, raw))
        if mark in self._new or mark in self._old:
            return True
        if len(self._new) >= PRINTS:
            self._old, self._new = self._new, set()
        self._new.add(mark)
        return False

    def clear(self) -> None:
        """What was counted will be counted again."""
        self._new, self._old = set(), set()


class HealthWatch:
    """Remembers what one batch cannot know. `load` reads a source's volume from the store."""

    def __init__(self, load: Callable[[str, str], Volume | None]) -> None:
        self._load = load
        self._volumes: dict[tuple[str, str], Volume] = {}
        self._prints = Prints()

    def look(
        self,
        records: Sequence[Record],
        *,
        findings: Sequence[Finding],
        awaited: Mapping[str, str],
    ) -> HealthWork:
        """`awaited` maps the name of each try somebody waits for to the company that made it."""
        days: dict[tuple[str, str, date], _Day] = {}
        powers: dict[tuple[str, str], Power] = {}
        tries: list[SeenTry] = []
        sent: Counter[tuple[str, str, int]] = Counter()
        for record in records:
            organisation, source, received = record.organisation, record.source, record.receive_time
            key = (organisation, source, received.date())
            day = days.get(key)
            if day is None:
                day = days[key] = _Day()
            self._count(day, record)
            sent[organisation, source, window_of(received)] += 1
            if isinstance(record, Event):
                _note_power(powers, record)
            if awaited:
                tries += _tries(record, awaited)
        _count_findings(days, findings)
        return HealthWork(
            volumes=self._sent(sent),
            powers=list(powers.values()),
            days=[_finished(key, day) for key, day in days.items()],
            tries=tries,
        )

    def forget(self) -> None:
        """The batch failed, or others wrote meanwhile."""
        self._volumes.clear()
        self._prints.clear()

    def _count(self, day: _Day, record: Record) -> None:
        day.records += 1
        day.duplicates += self._prints.is_repeat(record.source, record.raw)
        if isinstance(record, SetAside):
            return
        day.readable += 1
        if proves_alive(record):
            day.hours |= 1 << record.receive_time.hour
        if record.time_note is TimeNote.RECEIVED or record.shape == "mail":
            return  # a mail's content is of any time, and says nothing of a clock
        behind_s = (record.receive_time - record.event_time).total_seconds()
        if record.time_note is TimeNote.FUTURE:
            day.ahead += 1
        elif behind_s <= _ON_TIME_S:
            day.on_time += 1
        else:
            name = next(name for limit, name in _BEHIND_S if behind_s > limit)
            day.behind[name] = day.behind.get(name, 0) + 1

    def _sent(self, sent: Mapping[tuple[str, str, int], int]) -> list[Volume]:
        changed: dict[tuple[str, str], Volume] = {}
        for (organisation, source, window), records in sorted(sent.items()):
            place = (organisation, source)
            before = (
                self._volumes.get(place)
                or self._load(organisation, source)
                or Volume(organisation, source, window)
            )
            changed[place] = self._volumes[place] = heard(before, window=window, records=records)
        return list(changed.values())


def _note_power(powers: dict[tuple[str, str], Power], event: Event) -> None:
    """Almost every record only proves that its sender is on."""
    place = (event.organisation, event.source)
    before = powers.get(place)
    if before is None:
        before = Power(*place)
    elif before.on_at is not None and event.event_time <= before.on_at and not _goodbye(event):
        return
    powers[place] = _power(before, event)


def _power(before: Power, event: Event) -> Power:
    """Restart and removal are told apart by their reason; what is neither proves power."""
    reason = _goodbye(event)
    if reason is None or reason is Goodbye.RESTART:
        is_newer = before.on_at is None or event.event_time > before.on_at
        return replace(before, on_at=event.event_time) if is_newer else before
    if before.off_at is not None and event.event_time < before.off_at:
        return before
    return replace(before, off_at=event.event_time, off_reason=reason.value)


def _goodbye(event: Event) -> Goodbye | None:
    if event.shape == "windows":
        reason = _POWER_EVENTS.get(event.fields.get("EventID", ""))
        is_it = reason and event.fields.get("Provider_Name") == reason[0]
        return reason[1] if reason and is_it else None
    return goodbye_in(event.fields) if "hinomi" in event.fields else None


def _tries(record: Record, awaited: Mapping[str, str]) -> list[SeenTry]:
    """A name that another company waits for says nothing to this one."""
    return [
        SeenTry(
            organisation=record.organisation,
            source=record.source,
            name=name,
            event_id=record.event_id,
            receive_time=record.receive_time,
            readable=isinstance(record, Event),
        )
        for name in dict.fromkeys(try_names_in(record.raw))
        if awaited.get(name) == record.organisation
    ]


def _count_findings(
    days: Mapping[tuple[str, str, date], _Day], findings: Sequence[Finding]
) -> None:
    for finding in findings:
        key = (finding.organisation, finding.source, finding.receive_time.astimezone(UTC).date())
        day = days.get(key)
        if day is not None:
            day.findings += 1


def _finished(key: tuple[str, str, date], day: _Day) -> SourceDay:
    organisation, source, date_ = key
    return SourceDay(
        organisation=organisation,
        source=source,
        day=date_,
        hours=day.hours,
        records=day.records,
        readable=day.readable,
        duplicates=day.duplicates,
        findings=day.findings,
        on_time=day.on_time,
        ahead=day.ahead,
        **day.behind,
    )
