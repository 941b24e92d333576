"""止めてよいもの: what a company agreed beforehand may be stopped, by whom, and at which hours
without asking. Pure: the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time


class Alone(StrEnum):
    """Who may stop it without asking."""

    NOBODY = "nobody"
    PERSON = "person"
    MACHINE = "machine"

    @property
    def ja(self) -> str:
        """As the sheet says it."""
        return {
            Alone.NOBODY: "必ず聞いてから止める",
            Alone.PERSON: "担当者は、聞かずに止めてよい",
            Alone.MACHINE: "自動でも、担当者でも、聞かずに止めてよい",
        }[self]


@dataclass(frozen=True, slots=True)
class StopLine:
    """One device or service. Without hours `alone` holds at any time; hours may run past
    midnight, and their end is no longer in them."""

    thing: str
    cost: str
    alone: Alone
    since: time | None
    until: time | None
    decider: str
    phone: str
    deputy: str = ""
    deputy_phone: str = ""

    def now_alone(self, at: time) -> Alone:
        """Who may stop it at this time of day without asking."""
        if self.alone is Alone.NOBODY or self.since is None or self.until is None:
            return self.alone
        if self.since <= self.until:
            is_in = self.since <= at < self.until
        else:
            is_in = at >= self.since or at < self.until
        return self.alone if is_in else Alone.NOBODY

    @property
    def hours_ja(self) -> str:
        """「18:00から8:00まで」; "" for any time."""
        if self.alone is Alone.NOBODY or self.since is None or self.until is None:
            return ""
        return f"{_clock(self.since)}から{_clock(self.until)}まで"


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02}"
