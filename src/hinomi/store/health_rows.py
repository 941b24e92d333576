"""The health of sources in the pipeline store: values, and the SQL that writes and reads them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from sqlite3 import Connection

KEPT_DAYS = 400  # a year and the month in which its report is made
_AT_ONCE = 400  # values of one IN list
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_POWER_GRACE = timedelta(minutes=5)  # what a PC still says while it shuts down


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a source sends in ten minutes. `window` counts them since 1970, `usual` is learned
    from `learned` windows, `level` is normal, high, flood or recovering, `calm` counts windows."""

    organisation: str
    source: str
    window: int
    records: int = 0
    usual: float = 0.0
    learned: int = 0
    level: str = "normal"
    since: datetime = _NEVER
    calm: int = 0


@dataclass(frozen=True, slots=True)
class Power:
    """What a batch knows: the newest goodbye and the newest other record, both event times."""

    organisation: str
    source: str
    off_at: datetime | None = None
    off_reason: str = ""
    on_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceDay:
    """One source on one UTC day; the clock counts are events by how far behind us they were."""

    organisation: str
    source: str
    day: date
    hours: int = 0
    records: int = 0
    readable: int = 0
    duplicates: int = 0
    findings: int = 0
    days_behind: int = 0
    zone_behind: int = 0
    hours_behind: int = 0
    minutes_behind: int = 0
    on_time: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class SeenTry:
    """A try that came back by a source; `readable` False when it could not be read."""

    organisation: str
    source: str
    name: str
    event_id: str
    receive_time: datetime
    readable: bool


@dataclass(frozen=True, slots=True)
class AwakeHour:
    """The minutes of one UTC hour (bits) in which collect and a worker were awake."""

    hour: datetime
    collect_minutes: int
    worker_minutes: int


@dataclass(frozen=True, slots=True)
class HealthWork:
    """What one batch changes."""

    volumes: Sequence[Volume] = ()
    powers: Sequence[Power] = ()
    days: Sequence[SourceDay] = ()
    tries: Sequence[SeenTry] = ()


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one source is doing. `off_at` only while its goodbye is its last word."""

    volume: Volume
    off_at: datetime | None
    off_reason: str


_DAY_COUNTS = tuple(each.name for each in fields(SourceDay) if each.name not in {"hours"})[3:]
_DAY = (
    "INSERT INTO source_days VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - our own words
    " ON CONFLICT (organisation, source, receive_day) DO UPDATE SET"
    " hours = source_days.hours | excluded.hours, "
    + ", ".join(f"{name} = source_days.{name} + excluded.{name}" for name in _DAY_COUNTS)
)
_VOLUME_COLUMNS = (
    "volume_window", "records", "usual_milli", "learned", "volume", "volume_since", "calm",
)  # fmt: skip
_VOLUME = (
    "INSERT INTO source_health (organisation, source, "  # noqa: S608 - our own words
    + ", ".join(_VOLUME_COLUMNS)
    + ") VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (organisation, source) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _VOLUME_COLUMNS)
)
_POWER = (
    "UPDATE source_health SET off_at = coalesce(?, off_at), off_reason = coalesce(?, off_reason),"
    " on_at = CASE WHEN ? > coalesce(on_at, '') THEN ? ELSE on_at END"
    " WHERE organisation = ? AND source = ?"
)
_AWAKE = (
    "INSERT INTO awake_hours VALUES (?, ?, ?) ON CONFLICT (hour) DO UPDATE SET"
    " collect_minutes = awake_hours.collect_minutes | excluded.collect_minutes,"
    " worker_minutes = awake_hours.worker_minutes | excluded.worker_minutes"
)
_HEALTH = (
    "SELECT organisation, source, volume_window, records, usual_milli, learned, volume,"
    " volume_since, calm, off_at, off_reason, on_at FROM source_health"
)


def write_health(db: Connection, work: HealthWork) -> None:
    """Inside the transaction of the batch. Volumes come first: they make the source's row."""
    db.executemany(_VOLUME, map(_volume_row, work.volumes))
    db.executemany(_POWER, map(_power_row, work.powers))
    db.executemany(_DAY, map(_day_row, work.days))
    db.executemany(
        "INSERT INTO source_tries VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        map(_try_row, work.tries),
    )


def write_awake(db: Connection, awake: AwakeHour) -> None:
    """Add the minutes to the hour."""
    hour = _text(awake.hour)
    db.execute(_AWAKE, (hour, awake.collect_minutes, awake.worker_minutes))


def forget_days(db: Connection, *, before: date) -> int:
    """Remove what is older than any report needs; returns how many days of sources."""
    gone = db.execute("DELETE FROM source_days WHERE receive_day < ?", (before.isoformat(),))
    db.execute("DELETE FROM awake_hours WHERE hour < ?", (before.isoformat(),))
    return int(gone.rowcount)


def read_volume(db: Connection, organisation: str, source: str) -> Volume | None:
    """What is known of one source's volume."""
    key = (organisation, source)
    row = db.execute(f"{_HEALTH} WHERE organisation = ? AND source = ?", key).fetchone()
    return _volume(row) if row else None


def read_health(
    db: Connection, organisations: Sequence[str], *, now: datetime
) -> dict[tuple[str, str], SourceHealth]:
    """Of all sources of these companies, by (organisation, source)."""
    rows = of_each(db, f"{_HEALTH} WHERE organisation IN", organisations)
    return {(str(row[0]), str(row[1])): _health(row, now=now) for row in rows}


def read_all_health(db: Connection, *, now: datetime) -> dict[tuple[str, str], SourceHealth]:
    """Of every source of every company."""
    return {(str(row[0]), str(row[1])): _health(row, now=now) for row in db.execute(_HEALTH)}


def read_days(
    db: Connection, organisations: Sequence[str], *, since: date, until: date
) -> list[SourceDay]:
    """The companies' days from `since` up to and with `until`, oldest first."""
    bounds = (since.isoformat(), until.isoformat())
    query = "SELECT * FROM source_days WHERE receive_day >= ? AND receive_day <= ?"
    rows = of_each(db, f"{query} AND organisation IN", organisations, before=bounds)
    return sorted((_day(row) for row in rows), key=lambda day: (day.day, day.source))


def read_tries(db: Connection, names: Mapping[str, str]) -> list[SeenTry]:
    """What came back of tries, given as name → the company that made it; no other company's."""
    query = (
        "SELECT organisation, source, name, event_id, receive_time, readable FROM source_tries"
        " WHERE name IN"
    )
    found = [_seen(row) for row in of_each(db, query, list(names))]
    return [each for each in found if names[each.name] == each.organisation]


def read_awake(db: Connection, *, since: datetime, until: datetime) -> list[AwakeHour]:
    """Our own hours; an hour that is missing is one in which we slept."""
    rows = db.execute(
        "SELECT hour, collect_minutes, worker_minutes FROM awake_hours"
        " WHERE hour >= ? AND hour < ? ORDER BY hour",
        (_text(since), _text(until)),
    )
    return [AwakeHour(datetime.fromisoformat(row[0]), int(row[1]), int(row[2])) for row in rows]


def of_each(
    db: Connection, query: str, values: Sequence[str], *, before: tuple[str, ...] = ()
) -> Iterable[tuple[object, ...]]:
    """Rows of a query that ends in `IN`, some hundred values at a time."""
    for start in range(0, len(values), _AT_ONCE):
        part = values[start : start + _AT_ONCE]
        places = ", ".join("?" * len(part))
        yield from db.execute(f"{query} ({places})", (*before, *part))


def _health(row: tuple[object, ...], *, now: datetime) -> SourceHealth:
    off_at, reason, on_at = _moment(row[9]), str(row[10] or ""), _moment(row[11])
    if on_at is not None and on_at > now + _POWER_GRACE:
        on_at = None  # our clock was ahead once; it must not hide goodbyes until it is reached
    is_off = off_at is not None and (on_at is None or off_at >= on_at - _POWER_GRACE)
    return SourceHealth(_volume(row), off_at if is_off else None, reason if is_off else "")


def _volume(row: tuple[object, ...]) -> Volume:
    window, records, usual, learned, level, since, calm = row[2:9]
    return Volume(
        organisation=str(row[0]),
        source=str(row[1]),
        window=_int(window),
        records=_int(records),
        usual=_int(usual) / 1000,
        learned=_int(learned),
        level=str(level),
        since=datetime.fromisoformat(str(since)),
        calm=_int(calm),
    )


def _volume_row(volume: Volume) -> tuple[object, ...]:
    return (
        volume.organisation,
        volume.source,
        volume.window,
        volume.records,
        round(volume.usual * 1000),
        volume.learned,
        volume.level,
        _text(volume.since),
        volume.calm,
    )


def _power_row(power: Power) -> tuple[object, ...]:
    off = _text(power.off_at) if power.off_at else None
    on = _text(power.on_at) if power.on_at else ""
    return (off, power.off_reason or None, on, on, power.organisation, power.source)


def _day_row(day: SourceDay) -> tuple[object, ...]:
    head = (day.organisation, day.source, day.day.isoformat(), day.hours)
    return (*head, *(getattr(day, name) for name in _DAY_COUNTS))


def _day(row: tuple[object, ...]) -> SourceDay:
    numbers = [_int(each) for each in row[3:]]
    return SourceDay(str(row[0]), str(row[1]), date.fromisoformat(str(row[2])), *numbers)


def _try_row(seen: SeenTry) -> tuple[object, ...]:
    key = (seen.organisation, seen.source, seen.name)
    return (*key, seen.event_id, _text(seen.receive_time), int(seen.readable))


def _seen(row: tuple[object, ...]) -> SeenTry:
    organisation, source, name, event_id, received, readable = row
    moment = datetime.fromisoformat(str(received))
    texts = (str(organisation), str(source), str(name), str(event_id))
    return SeenTry(*texts, moment, bool(readable))


def _int(value: object) -> int:
    return int(str(value))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
