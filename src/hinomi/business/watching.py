"""How a source is doing, in one word. Pure: what was heard and the calendar are passed in.

A PC is judged in working days, what always runs in hours, a mail by its own rhythm. What a sender
said goodbye for, and what it is usually silent in, is neither silence nor a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.business.rhythm import Usual, due_seconds, missed_hours

if TYPE_CHECKING:
    from hinomi.business.working_days import Calendar


class SourceClass(StrEnum):
    """What a source is, as far as its silence goes."""

    PC = "pc"
    NETWORK = "network"
    RELAY = "relay"
    MAIL = "mail"
    CLOUD = "cloud"

    @property
    def ja(self) -> str:
        """The word on screen."""
        return _CLASS_WORDS[self]


_CLASS_WORDS = {
    SourceClass.PC: "パソコン",
    SourceClass.NETWORK: "ネットワークの機器・サーバー",
    SourceClass.RELAY: "見守りの中継機",
    SourceClass.MAIL: "メールで届く報告",
    SourceClass.CLOUD: "クラウドのサービス",
}


class Watch(StrEnum):
    """How a source is doing."""

    WAITING = "waiting"
    UNREADABLE = "unreadable"
    WATCHING = "watching"
    TOO_MUCH = "too_much"
    OFF = "off"
    QUIET = "quiet"
    LATE = "late"
    SILENT = "silent"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a source. `parse_rate` is of late and None when too little came to say;
    `last_unreadable` is when a record came that nobody could read; `off_reason` is that of its
    goodbye while that is its last word."""

    records: int = 0
    readable: int = 0
    last_alive: datetime | None = None
    last_unreadable: datetime | None = None
    parse_rate: float | None = None
    volume: str = "normal"
    off_at: datetime | None = None
    off_reason: str = ""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often it should speak. `expect_every_s` 0: nobody said; then its own past tells."""

    source_class: SourceClass = SourceClass.NETWORK
    expect_every_s: int = 0
    usual: Usual | None = None


@dataclass(frozen=True, slots=True)
class _Limits:
    """How many expected gaps make it late, and silent."""

    late: float
    silent: float


_LIMITS = {SourceClass.MAIL: _Limits(1.1, 1.5)}
_OTHERS = _Limits(1.0, 3.0)
_LATE_DAYS, SILENT_DAYS = 1, 3  # working days of a PC
_LONG_OFF_DAYS = 10  # working days after a goodbye: worth a look, no alarm
_LATE_HOURS, _SILENT_HOURS = 2, 6  # usual hours of what always runs and nobody gave a rhythm
_PC_PAUSE = timedelta(hours=3)  # in opening hours, without a word
_JUST_NOW = timedelta(hours=1)
_UNJUDGED_QUIET = {SourceClass.MAIL: timedelta(days=8)}  # others: a day is worth a word
_ONE_DAY = timedelta(days=1)
_READABLE = 0.5  # below this share of readable records a source is blind


def state(heard: Heard, rhythm: Rhythm, *, calendar: Calendar, now: datetime) -> Watch:
    """The state of a source that takes records. Only what could be read proves it alive."""
    if not heard.records:
        return Watch.WAITING
    if not heard.readable:
        return Watch.UNREADABLE
    if heard.off_reason == "removed":
        return Watch.SILENT
    if heard.last_alive is None:
        return Watch.QUIET  # only old records came: nothing says when it last worked
    if heard.off_at is not None:
        missed = calendar.missed_days(heard.off_at, now)
        return Watch.LATE if missed >= _LONG_OFF_DAYS else Watch.OFF
    by_time = _by_time(heard.last_alive, rhythm, calendar=calendar, now=now)
    if by_time in (Watch.LATE, Watch.SILENT) and _babbles(heard, rhythm, calendar, now):
        return Watch.UNREADABLE
    if by_time is not Watch.WATCHING:
        return by_time
    if heard.parse_rate is not None and heard.parse_rate < _READABLE:
        return Watch.UNREADABLE
    return Watch.TOO_MUCH if heard.volume == "flood" else Watch.WATCHING


def _babbles(heard: Heard, rhythm: Rhythm, calendar: Calendar, now: datetime) -> bool:
    """It sends as it should, and nobody can read it: that is another story than silence."""
    last = heard.last_unreadable
    return last is not None and (
        _by_time(last, rhythm, calendar=calendar, now=now) is Watch.WATCHING
    )


def _by_time(last: datetime, rhythm: Rhythm, *, calendar: Calendar, now: datetime) -> Watch:
    if now <= last:
        return Watch.WATCHING  # a clock that jumped says nothing of the source
    if rhythm.source_class is SourceClass.PC:
        return _pc(last, rhythm, calendar=calendar, now=now)
    if rhythm.expect_every_s:
        return _by_gaps(last, rhythm, calendar=calendar, now=now)
    if rhythm.usual is not None and rhythm.source_class is not SourceClass.MAIL:
        return _by_usual(last, rhythm.usual, calendar=calendar, now=now)
    return _unjudged(last, rhythm.source_class, now=now)


def _pc(last: datetime, rhythm: Rhythm, *, calendar: Calendar, now: datetime) -> Watch:
    """Holidays of one person are no silence; three working days of a PC that said nothing are."""
    missed = calendar.missed_days(last, now)
    if missed >= SILENT_DAYS:
        return Watch.SILENT
    if missed >= _LATE_DAYS:
        return Watch.LATE
    if now - last <= max(_JUST_NOW, timedelta(seconds=rhythm.expect_every_s)):
        return Watch.WATCHING
    if not _is_pc_due(rhythm.usual, calendar=calendar, now=now):
        return Watch.OFF
    return Watch.LATE if _pc_paused(last, rhythm, calendar=calendar, now=now) else Watch.WATCHING


def _is_pc_due(usual: Usual | None, *, calendar: Calendar, now: datetime) -> bool:
    return calendar.is_open(now) if usual is None else usual.is_due(now, calendar)


def _pc_paused(last: datetime, rhythm: Rhythm, *, calendar: Calendar, now: datetime) -> bool:
    """In the hours in which it mostly speaks it said nothing for long; nights do not count."""
    if rhythm.usual is None:
        return calendar.local(last).date() == calendar.local(now).date() and now - last > _PC_PAUSE
    quiet_s = due_seconds(rhythm.usual, since=last, now=now, calendar=calendar)
    return quiet_s > _PC_PAUSE.total_seconds()


def _by_gaps(last: datetime, rhythm: Rhythm, *, calendar: Calendar, now: datetime) -> Watch:
    limits = _LIMITS.get(rhythm.source_class, _OTHERS)
    plain_s = (now - last).total_seconds()
    gaps = plain_s / rhythm.expect_every_s
    if gaps <= limits.late:
        return Watch.WATCHING
    if rhythm.usual is not None and rhythm.source_class is not SourceClass.MAIL:
        due_s = due_seconds(rhythm.usual, since=last, now=now, calendar=calendar)
        gaps = due_s / rhythm.expect_every_s
        if gaps <= limits.late:
            return Watch.OFF
    return Watch.SILENT if gaps > limits.silent else Watch.LATE


def _by_usual(last: datetime, usual: Usual, *, calendar: Calendar, now: datetime) -> Watch:
    if not usual.open_hours and not usual.closed_hours:
        return _unjudged(last, SourceClass.NETWORK, now=now)  # it speaks when something happens
    missed = missed_hours(usual, since=last, now=now, calendar=calendar, enough=_SILENT_HOURS)
    if missed >= _SILENT_HOURS:
        return Watch.SILENT
    if missed >= _LATE_HOURS:
        return Watch.LATE
    is_due = usual.is_due(now, calendar)
    return Watch.WATCHING if is_due or now - last <= _JUST_NOW else Watch.OFF


def _unjudged(last: datetime, source_class: SourceClass, *, now: datetime) -> Watch:
    limit = _UNJUDGED_QUIET.get(source_class, _ONE_DAY)
    return Watch.QUIET if now - last > limit else Watch.WATCHING
