"""When it happened: reads the times vendors write, and settles what is missing.

No year: the year nearest before the receive time. No zone: the source's own. More than five
minutes in the future: the receive time, marked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hinomi.core.words import TimeNote

FUTURE = timedelta(minutes=5)
_AHEAD = timedelta(days=1)  # a date without year this far ahead is still this year's
_DEFAULT_ZONE = "Asia/Tokyo"
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# Only abbreviations with one meaning; "IST" or "BST" would be a guess (log-formats §2.1).
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "JST": 540, "CET": 60, "CEST": 120}

# Digits of a plausible epoch → units per second; 14 digits would be a written date.
_EPOCH_SCALES = {9: 1, 10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}

_CLOCK = r"(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
_ZONE = r"(?: ?((?:UTC|GMT)?[+-]\d\d:?\d\d|Z|UTC|GMT|JST|CEST|CET))?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})[T ,_]+{_CLOCK}{_ZONE}")
_MONTH_FIRST = re.compile(
    rf"(?:[A-Z][a-z]{{2}},? )?([A-Z][a-z]{{2}}) +(\d{{1,2}}),?(?: +(\d{{4}}))?,? +{_CLOCK}"
    rf"(?: (20\d\d))?{_ZONE}"
)
_AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),? {_CLOCK} ?([AP]M)?{_ZONE}")
_DAY_FIRST = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?(\d{{1,2}})[-/ ]([A-Za-z]{{3}})[-/ ](\d{{4}})[ :T]{_CLOCK}{_ZONE}"
)


class Stated(NamedTuple):
    """A time the record states, in UTC, and what had to be filled in."""

    at: datetime
    note: TimeNote = TimeNote.STATED


@lru_cache(maxsize=512)
def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name; an unknown name counts as the default, Japan."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(_DEFAULT_ZONE)


def is_zone(name: str) -> bool:
    """True when the zone database knows the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def settle(stated: Stated | None, receive: datetime) -> tuple[datetime, TimeNote]:
    """The event time to use and how it was found."""
    if stated is None:
        return receive, TimeNote.RECEIVED
    if stated.at > receive + FUTURE:
        return receive, TimeNote.FUTURE
    return stated.at, stated.note


def from_epoch(text: str) -> datetime | None:
    """Seconds, ms, µs or ns since 1970, told apart by magnitude; None when it is no such number."""
    whole, _, fraction = text.partition(".")
    scale = _EPOCH_SCALES.get(len(whole))
    if scale is None or not whole.isdigit() or not whole.isascii():
        return None
    # Integers all the way: a float has no room for nanoseconds.
    micro = (int(whole) * 1_000_000 + scale // 2) // scale
    if scale == 1 and fraction.isdigit() and fraction.isascii():
        micro += int(fraction[:6].ljust(6, "0"))
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micro)
    except OverflowError:
        return None


@lru_cache(maxsize=512)
def zone_of_offset(text: str) -> tzinfo | None:
    """`+0900`, `+09:00`, `+9`, `Z`, `JST` → a zone; None for anything ambiguous."""
    text = text.strip()
    if text.upper() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[text.upper()]))
    found = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?", text)
    if not found or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def from_text(text: str, zone: tzinfo, receive: datetime) -> Stated | None:
    """Read a time in any spelling we know: epoch, ISO, `Mon dd`, `dd/Mon/yyyy`; else None."""
    if (at := _from_iso_utc(text)) is not None:
        return Stated(at)
    text = text.strip().lstrip("*.")
    if not text:
        return None
    if text[:1].isdigit():
        if epoch := from_epoch(text):
            return Stated(epoch)
        if found := _YEAR_FIRST.match(text):
            year, month, day, *clock, offset = found.groups()
            return _assemble((year, month, day), clock, offset, zone, receive)
    if text[4:5] == " " and text[:4].isdigit():
        text = f"{text[5:]} {text[:4]}"  # "2023 Jan 11 18:43:54"
    if found := _AMERICAN.match(text):
        return _american(found, zone, receive)
    if found := _DAY_FIRST.match(text):
        day, name, year, *clock, offset = found.groups()
        return _assemble((year, _month(name), day), clock, offset, zone, receive)
    if found := _MONTH_FIRST.match(text):
        name, day, year, *clock, late_year, offset = found.groups()
        return _assemble((year or late_year, _month(name), day), clock, offset, zone, receive)
    return None


def _from_iso_utc(text: str) -> datetime | None:
    """`2026-11-21T10:00:00.123456Z`, the usual spelling, 20 times as fast as by pattern.

    The places of the marks are checked because the library also takes week dates and half times;
    up to 9 digits of a second, as everywhere here.
    """
    if not (20 <= len(text) <= 30 and text[-1] == "Z" and text[10] == "T"):
        return None
    if not (text[4] == text[7] == "-" and text[13] == text[16] == ":"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _american(found: re.Match[str], zone: tzinfo, receive: datetime) -> Stated | None:
    """Month/day/year, perhaps with AM or PM; a "month" over 12 shows that the day came first."""
    month, day, year, hour, minute, second, fraction, half, offset = found.groups()
    if int(month) > 12:
        month, day = day, month
    if half:
        hour = str(int(hour) % 12 + (12 if half == "PM" else 0))
    return _assemble((year, month, day), [hour, minute, second, fraction], offset, zone, receive)


def nearest_day(text: str, zone: tzinfo, receive: datetime) -> Stated | None:
    """A bare `hh:mm:ss`: the day that brings it nearest before the receive time."""
    day = (receive + FUTURE).astimezone(zone).date()
    stated = from_text(f"{day.isoformat()} {text}", zone, receive)
    if stated is None:
        return None
    late = stated.at > receive + FUTURE
    return Stated(stated.at - timedelta(days=1) if late else stated.at, TimeNote.NO_YEAR)


def _month(name: str) -> str:
    return str(_MONTHS.get(name.lower(), 0))


def _assemble(
    day: tuple[str | None, str, str],
    clock: list[str | None],
    offset: str | None,
    zone: tzinfo,
    receive: datetime,
) -> Stated | None:
    own_zone = zone_of_offset(offset) if offset else None
    used = own_zone or zone
    numbers = [int(day[1]), int(day[2]), *(int(part or 0) for part in clock[:3])]
    micro = int((clock[3] or "0").ljust(6, "0")[:6])
    if day[0]:
        at = _local(int(day[0]), numbers, micro, used)
        note = TimeNote.STATED if own_zone else TimeNote.NO_ZONE
        return Stated(at, note) if at else None
    around = receive.astimezone(used).year
    # The latest that is past. Four years back, because a 29 February needs a leap year.
    for year in range(around + 1, around - 5, -1):
        at = _local(year, numbers, micro, used)
        if at and at <= receive + _AHEAD:
            return Stated(at, TimeNote.NO_YEAR)
    return None


def _local(year: int, numbers: list[int], micro: int, zone: tzinfo) -> datetime | None:
    month, day, hour, minute, second = numbers
    try:
        # Second 60 is a leap second: one microsecond before the next minute would be a lie of
        # one second at most, which is what we accept.
        local = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
