"""How far an organisation's event time has come: what is older may still arrive, but rarely."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hinomi.core.records import Event

IDLE_US = 5 * 60 * 1_000_000  # of receive time; then a source no longer holds the others back
LATENESS = timedelta(hours=1)  # hits this far behind the watermark are still judged in full
LATENESS_US = LATENESS // timedelta(microseconds=1)
_MOST_SOURCES = 2_000


class Watermark(msgspec.Struct, array_like=True):
    """`reached` never goes back. `sources`: name → newest event and receive time, in µs."""

    reached: int = 0
    received: int = 0
    sources: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)

    def see(self, event: Event) -> None:
        """Every event counts, whether a rule fires on it or not."""
        at, received = microseconds(event.event_time), microseconds(event.receive_time)
        before = self.sources.get(event.source, (at, received))
        self.sources[event.source] = (max(at, before[0]), max(received, before[1]))
        self.received = max(self.received, received)

    def advance(self) -> int:
        """The least of what the sources that still send have reached."""
        alive = self.received - IDLE_US
        self.sources = {name: both for name, both in self.sources.items() if both[1] > alive}
        while len(self.sources) > _MOST_SOURCES:
            del self.sources[min(self.sources, key=lambda name: self.sources[name][0])]
        behind = min((at for at, _ in self.sources.values()), default=0)
        self.reached = max(self.reached, behind)
        return self.reached


def microseconds(moment: datetime) -> int:
    """Since 1970, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(at: int) -> datetime:
    """The moment of such a number; the last one there is when it lies beyond the calendar."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return _LAST


_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_LAST = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
