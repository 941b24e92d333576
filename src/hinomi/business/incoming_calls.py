"""When a call that came in counts as missed: the exchange says so, or nobody answered in time.

What an exchange tells may come late, twice and in any order. One call is missed once; one that
somebody answered is never missed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

RINGS_FOR = timedelta(seconds=90)
# An answer that was told behind the end of its call still counts.
SETTLES_IN = timedelta(seconds=5)
SHOWN_FOR = timedelta(minutes=10)
SAME_MATTER = timedelta(minutes=15)


class Heard(StrEnum):
    """What an exchange tells of a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Ring:
    """A call. `taken_at`: somebody opened its screen. `due_at`: when it becomes a missed call
    unless an answer is told before."""

    rang_at: datetime
    answered_at: datetime | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    missed_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """Answered or missed: nothing more can be due."""
        return self.answered_at is not None or self.missed_at is not None


def heard(ring: Ring, what: Heard, *, at: datetime, moment: datetime) -> Ring:
    """The call after one more telling: `at` when it happened, `moment` when it was told."""
    ring = replace(ring, rang_at=min(ring.rang_at, at))
    if what is Heard.ANSWERED:
        return replace(ring, answered_at=ring.answered_at or at, due_at=None)
    if what is Heard.RINGING:
        return _ringing(ring, moment)
    ring = replace(ring, ended_at=ring.ended_at or at)
    is_over = what is Heard.MISSED or ring.taken_at is None
    if ring.is_settled or not is_over:
        return ring
    return replace(ring, due_at=moment + SETTLES_IN)


def taken(ring: Ring, *, moment: datetime) -> Ring:
    """Somebody opened the call's screen. An exchange that never tells of answers must not make a
    missed call of it; one that says "missed" is believed."""
    if ring.taken_at is not None:
        return ring
    return replace(ring, taken_at=moment, due_at=ring.due_at if ring.ended_at else None)


def _ringing(ring: Ring, moment: datetime) -> Ring:
    if ring.is_settled or ring.ended_at or ring.taken_at or ring.due_at:
        return ring
    return replace(ring, due_at=max(ring.rang_at + RINGS_FOR, moment + SETTLES_IN))
