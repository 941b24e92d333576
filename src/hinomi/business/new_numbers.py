"""When a new number or address counts: a code was answered, a second person said yes, a day passed.

Who sits in one mailbox must not be able to turn the alarms away. Pure; the time is passed in, and
everything is derived from moments, so that a clock that jumps back takes nothing for granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WAIT = timedelta(hours=24)
NEW_COMPANY = timedelta(days=30)
ASK_DESK_AFTER = timedelta(days=3)


class Standing(StrEnum):
    """Where one address stands at a moment."""

    UNPROVED = "unproved"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    COUNTS = "counts"
    LEAVING = "leaving"
    BOUNCED = "bounced"
    GONE = "gone"

    @property
    def is_used(self) -> bool:
        """True when alarms go there. One that leaves is used until it is gone."""
        return self in {Standing.COUNTS, Standing.LEAVING}

    @property
    def is_pending(self) -> bool:
        """True while it may be refused."""
        return self in {Standing.UNPROVED, Standing.UNANSWERED, Standing.WAITING}


@dataclass(frozen=True, slots=True)
class Steps:
    """What happened to one address. `is_first`: nothing counted before it in a new company, so
    there was nothing to turn away and nobody to ask: a code or our desk's note is enough."""

    asked_at: datetime
    proved_at: datetime | None = None
    agreed_at: datetime | None = None
    is_first: bool = False
    bounced_at: datetime | None = None
    removed_at: datetime | None = None
    ended_at: datetime | None = None

    def counts_from(self) -> datetime | None:
        """From when it counts; None while a step is missing."""
        if self.proved_at is None:
            return None
        if self.is_first:
            return self.proved_at
        if self.agreed_at is None:
            return None
        return max(self.asked_at, self.proved_at, self.agreed_at) + WAIT

    def standing(self, moment: datetime) -> Standing:
        """Where it stands."""
        since = self.counts_from()
        if self.ended_at is not None:
            return Standing.GONE
        if self.removed_at is not None and moment >= self.removed_at + WAIT:
            return Standing.GONE
        if self.bounced_at is not None:
            return Standing.BOUNCED
        if self.proved_at is None:
            return Standing.UNPROVED
        if since is None:
            return Standing.UNANSWERED
        if moment < since:
            return Standing.WAITING
        return Standing.COUNTS if self.removed_at is None else Standing.LEAVING
