"""Where the time comes from. Nothing in a stage calls now(): a clock is passed in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives aware UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A clock for rehearsals: at machine time `origin` (epoch s) it shows `start`."""

    start: datetime
    origin: float
    rate: float = 1.0

    def now(self) -> datetime:
        """The moved moment, UTC."""
        return datetime.fromtimestamp(
            self.start.timestamp() + (time.time() - self.origin) * self.rate, UTC
        )


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests."""

    moment: datetime

    def now(self) -> datetime:
        """Always the same moment."""
        return self.moment
