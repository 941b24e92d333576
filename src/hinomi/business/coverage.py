"""How much was really watched, hour by hour: our own side awake, times the sensors that were on.

Pure. What was switched off, or is usually silent at that hour, was not to be watched and is no gap;
hours in which we slept are ours, whatever the sensors did.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.business.watching import SILENT_DAYS, SourceClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hinomi.business.watching import Rhythm
    from hinomi.business.working_days import Calendar

HOUR = timedelta(hours=1)
LOOK_BACK = timedelta(days=40)  # before the first hour asked for: when was it heard last?
_AWAKE_MINUTES = 50  # of an hour; less is a gap of ours
_GAPS = 3  # expected gaps that an hour may lie behind the last record


class Hour(StrEnum):
    """What one hour of one sensor was."""

    WATCHED = "watched"
    OFF = "off"
    SILENT = "silent"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Sensor:
    """A source: since and until when it was to be watched, and the hours in which it was heard, by
    UTC day with a bit per UTC hour."""

    source: str
    name: str
    rhythm: Rhythm
    since: datetime | None
    until: datetime | None
    heard: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class SensorHours:
    """The hours of one sensor by what they were."""

    source: str
    name: str
    watched: int = 0
    off: int = 0
    silent: int = 0
    ours: int = 0

    @property
    def due(self) -> int:
        """Hours in which it was to be watched."""
        return self.watched + self.silent + self.ours

    @property
    def share(self) -> float | None:
        """The part of them in which it was; None when it was never to be watched."""
        return self.watched / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A company's coverage over a time. `gaps` are hours in which our own side slept."""

    since: datetime
    until: datetime
    sensors: tuple[SensorHours, ...]
    gaps: tuple[datetime, ...]

    @property
    def share(self) -> float | None:
        """Of all hours in which any sensor was to be watched, the part that was."""
        due = sum(each.due for each in self.sensors)
        return sum(each.watched for each in self.sensors) / due if due else None


def cover(
    sensors: Sequence[Sensor],
    *,
    awake: Mapping[datetime, int],
    calendar: Calendar,
    since: datetime,
    until: datetime,
) -> Coverage:
    """Whole UTC hours from `since` until before `until`. `awake` holds the bits of the minutes in
    which all of us worked, by hour; an hour that is missing was slept through."""
    hours = list(_hours(since, until))
    slept = frozenset(hour for hour in hours if awake.get(hour, 0).bit_count() < _AWAKE_MINUTES)
    return Coverage(
        since=since,
        until=until,
        sensors=tuple(_count(each, hours, slept, calendar) for each in sensors),
        gaps=tuple(hour for hour in hours if hour in slept),
    )


def _count(
    sensor: Sensor, hours: Sequence[datetime], slept: frozenset[datetime], calendar: Calendar
) -> SensorHours:
    counts: Counter[Hour] = Counter()
    last = _last_before(sensor, hours[0]) if hours else None
    for hour in hours:
        is_heard = _is_heard(sensor, hour)
        if is_heard:
            last = hour
        if _lives(sensor, hour, last):
            counts[_hour(sensor, hour, last, is_slept=hour in slept, calendar=calendar)] += 1
    return SensorHours(
        source=sensor.source,
        name=sensor.name,
        watched=counts[Hour.WATCHED],
        off=counts[Hour.OFF],
        silent=counts[Hour.SILENT],
        ours=counts[Hour.OURS],
    )


def _lives(sensor: Sensor, hour: datetime, last: datetime | None) -> bool:
    """From its start, or from its first record, until it was stopped."""
    has_begun = last is not None or (sensor.since is not None and hour >= sensor.since)
    return has_begun and (sensor.until is None or hour < sensor.until)


def _hour(
    sensor: Sensor,
    hour: datetime,
    last: datetime | None,
    *,
    is_slept: bool,
    calendar: Calendar,
) -> Hour:
    if _is_off(sensor, hour, last, calendar):
        return Hour.OFF
    if is_slept:
        return Hour.OURS
    return Hour.WATCHED if last is not None and _reaches(sensor, last, hour) else Hour.SILENT


def _is_off(sensor: Sensor, hour: datetime, last: datetime | None, calendar: Calendar) -> bool:
    if last == hour:
        return False
    if sensor.rhythm.source_class is SourceClass.PC:
        missed = 0 if last is None else calendar.missed_days(last, hour)
        return missed < SILENT_DAYS or not calendar.is_open(hour)
    usual = sensor.rhythm.usual
    return usual is not None and not usual.is_due(hour, calendar)


def _reaches(sensor: Sensor, last: datetime, hour: datetime) -> bool:
    """A sensor that speaks every three hours was on in the hours between."""
    allowed_s = 0 if sensor.rhythm.source_class is SourceClass.PC else sensor.rhythm.expect_every_s
    return hour - last <= max(timedelta(0), timedelta(seconds=allowed_s * _GAPS))


def _is_heard(sensor: Sensor, hour: datetime) -> bool:
    return bool(sensor.heard.get(hour.date(), 0) >> hour.hour & 1)


def _last_before(sensor: Sensor, first: datetime) -> datetime | None:
    hour = first
    while (hour := hour - HOUR) >= first - LOOK_BACK:
        if _is_heard(sensor, hour):
            return hour
    return None


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if hour < since:
        hour += HOUR
    while hour + HOUR <= until:
        yield hour
        hour += HOUR
