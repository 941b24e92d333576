"""The ladder of one 今すぐ incident: who is tried when and by what, until a person answers.

One step at a time: each is decided from what was done and who can be reached at that moment, so a
person who wakes up, a bounced number or a swapped duty counts at once. Pure; times are passed in.
What the clock does meanwhile never costs a step and never adds one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class StepKind(StrEnum):
    """What a step does."""

    TELL = "tell"
    CALL = "call"
    DESK = "desk"
    SECOND = "second"
    CHIEF = "chief"

    @property
    def ja(self) -> str:
        """The word on the staff's screens."""
        return _KIND_WORDS[self]


_KIND_WORDS = {
    StepKind.TELL: "文字で知らせる",
    StepKind.CALL: "自動電話をかける",
    StepKind.DESK: "当番が電話する",
    StepKind.SECOND: "二番目の当番が電話する",
    StepKind.CHIEF: "責任者に知らせる",
}

LEAST_PAUSE = timedelta(minutes=1)  # after a delay steps follow one another, never all at once

# How long a person has to answer a step before the next one. ux.md: 今すぐ means five minutes.
_PAUSES: Mapping[StepKind, timedelta] = {
    StepKind.TELL: timedelta(minutes=2),
    StepKind.CALL: timedelta(minutes=5),
    StepKind.DESK: timedelta(minutes=10),
    StepKind.SECOND: timedelta(minutes=10),
    StepKind.CHIEF: timedelta(minutes=30),
}
_OURS = (StepKind.DESK, StepKind.SECOND, StepKind.CHIEF)


@dataclass(frozen=True, slots=True)
class Past:
    """A step that ran. `whom` is the key of the person it was for; "" for TELL."""

    kind: StepKind
    whom: str
    due_at: datetime
    ran_at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """Who can be tried at this moment. `contacts`: the company's people whom our call may reach
    now, first first. The other three are ours; "" where nobody is on duty. The chief's step runs
    even then: somebody of the firm is told. `patience` is how long a partner firm has to answer
    while it holds our duty."""

    contacts: tuple[str, ...] = ()
    first: str = ""
    second: str = ""
    chief: str = ""
    patience: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """The next step. `pause` is the longest it may lie ahead, whatever the clock does."""

    kind: StepKind
    whom: str
    due_at: datetime
    pause: timedelta


def climbs(level: ActionLevel) -> bool:
    """True where silence is not accepted: all other levels are told once, in writing."""
    return level is ActionLevel.NOW


def first_step(*, started_at: datetime) -> Planned:
    """Everybody is told in writing at once."""
    return Planned(StepKind.TELL, "", started_at, timedelta())


def next_step(past: Sequence[Past], *, around: Around) -> Planned:
    """What follows the last of `past`, which just ran. There is always a next one: only a person's
    answer ends the ladder."""
    last = past[-1]
    kind, whom = _follows(past, around)
    pause = _pause(last.kind, around)
    return Planned(kind, whom, _due(last, pause), pause)


def settled(due_at: datetime, *, pause: timedelta, now: datetime) -> datetime:
    """The due time of a waiting step: a clock that went back must not put it off."""
    return min(due_at, now + pause)


def hurried(due_at: datetime, *, now: datetime) -> datetime:
    """The due time after the step before it is known to have failed: nobody will answer it."""
    return min(due_at, now + LEAST_PAUSE)


def _pause(kind: StepKind, around: Around) -> timedelta:
    if kind is StepKind.DESK and around.patience is not None:
        return around.patience
    return _PAUSES[kind]


def _due(last: Past, pause: timedelta) -> datetime:
    """Counted from when it was due, so that small delays do not add up; after a long one, or a
    clock that jumped ahead, still with room for an answer."""
    return max(last.due_at + pause, last.ran_at + min(pause, LEAST_PAUSE))


def _follows(past: Sequence[Past], around: Around) -> tuple[StepKind, str]:
    """Contacts one after the other, then our first, our second, the chief; then again."""
    lap = _lap(past)
    called = {step.whom for step in lap if step.kind is StepKind.CALL}
    reached_us = [step.kind for step in lap if step.kind in _OURS]
    waiting = [key for key in around.contacts if key not in called]
    if waiting and not reached_us:
        return StepKind.CALL, waiting[0]
    ours = {
        StepKind.DESK: around.first,
        StepKind.SECOND: around.second if around.second != around.first else "",
    }
    for kind, whom in ours.items():
        if whom and kind not in reached_us and not _is_past(kind, reached_us):
            return kind, whom
    return StepKind.CHIEF, around.chief


def _lap(past: Sequence[Past]) -> list[Past]:
    """The steps since the chief was last told; all, before that."""
    back = takewhile(lambda step: step.kind is not StepKind.CHIEF, reversed(past))
    return list(back)[::-1]


def _is_past(kind: StepKind, reached: Sequence[StepKind]) -> bool:
    """True when a later one of ours was already tried in this lap."""
    return any(_OURS.index(each) > _OURS.index(kind) for each in reached)
