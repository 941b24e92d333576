"""The rules of an exercise (訓練): when it may begin, when it is over, what a silence tells us.
Pure: what happened and the moment are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

LIVES = timedelta(days=1)
MOST_IN_A_DAY = 3  # each rings telephones, and costs
LOUD = frozenset({"voice", "sms"})  # what wakes people
TOO_SLOW = frozenset({"letter"})  # arrives after the exercise is over


class Refusal(StrEnum):
    """Why an exercise may not begin."""

    NOT_AGREED = "not_agreed"
    REAL = "real"
    RUNNING = "running"
    TOO_OFTEN = "too_often"
    NOBODY = "nobody"


class Advice(StrEnum):
    """What may help with a person who did not answer."""

    NO_WAY = "no_way"
    LOST = "lost"
    NIGHT = "night"
    NO_PHONE = "no_phone"
    PHONE = "phone"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Before:
    """How a company stands when somebody wants to begin."""

    may_begin: bool
    has_open_alarm: bool
    is_running: bool
    begun_within_a_day: int
    reachable: int


def refusal(before: Before) -> Refusal | None:
    """The reason that matters most; None when it may begin."""
    reasons = (
        (not before.may_begin, Refusal.NOT_AGREED),
        (before.has_open_alarm, Refusal.REAL),
        (before.is_running, Refusal.RUNNING),
        (before.begun_within_a_day >= MOST_IN_A_DAY, Refusal.TOO_OFTEN),
        (before.reachable == 0, Refusal.NOBODY),
    )
    return next((reason for holds, reason in reasons if holds), None)


def is_over(*, started_at: datetime, now: datetime) -> bool:
    """True when nobody's answer counts any more."""
    return now >= started_at + LIVES


def took_s(*, sent_at: datetime, answered_at: datetime) -> int:
    """Seconds from the first message of a person to the answer; never less than none."""
    return max(0, int((answered_at - sent_at).total_seconds()))


def typical_s(times: Iterable[int]) -> int | None:
    """The middle of all times: one who slept does not spoil it. None without any."""
    known = sorted(times)
    return int(median(known)) if known else None


def advice_for(
    *, used: Collection[str], lost: Collection[str], quiet: Collection[str], people: int
) -> list[Advice]:
    """What to do about one who did not answer: by which ways we told them (`used`), which of these
    came back (`lost`), which we left out because it was night (`quiet`)."""
    found = []
    if not used and not quiet:
        found.append(Advice.NO_WAY)
    if lost:
        found.append(Advice.LOST)
    if quiet:
        found.append(Advice.NIGHT)
    elif "voice" not in used:
        found.append(Advice.NO_PHONE)
    elif "voice" not in lost:
        found.append(Advice.PHONE)
    if people < 2:
        found.append(Advice.SECOND)
    return found
