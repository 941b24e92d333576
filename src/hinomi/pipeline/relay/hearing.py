"""The relay's ears: collect's own listeners, with the spool where the log would be."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.collect.commit import Committer
from hinomi.collect.counts import Counts
from hinomi.collect.datagrams import take_or_drop
from hinomi.collect.framing import Frame
from hinomi.collect.intake import Intake
from hinomi.collect.limits import MIB, Limits
from hinomi.collect.listeners import Listeners
from hinomi.collect.rate import Rates
from hinomi.collect.udp_drops import dropped
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.normalise.serials import find_serial
from hinomi.pipeline.relay.discovery import flows
from hinomi.store.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hinomi.core.clock import Clock
    from hinomi.core.records import RawRecord
    from hinomi.core.transport import KeyedAnswer
    from hinomi.pipeline.relay.place import Listening

_HERE = "here"  # one company: who it is, only the tower knows
# A small box on a small network: 80 MB in all, and a disk that dislikes many small commits.
LIMITS = Limits(
    queue_bytes=8 * MIB,
    held_bytes=4 * MIB,
    gather_s=0.05,
    connections=200,
    all_connections=400,
    free_share=0.03,
    free_bytes=200_000_000,
)
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Heard:
    """What came of one source since the start."""

    count: int = 0
    last_at: datetime | None = None


class HearingSpool(Spool):
    """Counts by source what became durable, and wakes the sender."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        super().__init__(folder, limit_bytes=limit_bytes)
        self.arrived = threading.Event()
        self.heard: dict[str, Heard] = {}
        self.hear_flows: Callable[[list[bytes]], None] = lambda _: None

    def append(self, records: Sequence[RawRecord], *, answers: Sequence[KeyedAnswer] = ()) -> None:
        """As the spool's own."""
        super().append(records, answers=answers)
        for record in records:
            heard = self.heard.setdefault(record.source, Heard())
            heard.count += 1
            heard.last_at = record.receive_time
        self.arrived.set()
        if told := [record.raw for record in records if record.kind in flows.KINDS]:
            self.hear_flows(told)


@dataclass(slots=True)
class Ears:
    """Use inside a running loop. `port` is the shared listener's, 0 for any free one."""

    spool: HearingSpool
    clock: Clock
    host: str
    port: int
    disk: Callable[[], tuple[int, int]]
    counts: Counts = field(default_factory=Counts)
    intake: Intake = field(init=False)
    is_open: bool = field(default=False, init=False)
    _listeners: Listeners = field(init=False)
    _generation: int = field(default=0, init=False)
    _udp_before: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        committer = Committer(self.spool, limits=LIMITS, counts=self.counts, disk=self.disk)
        rates = Rates(rate=LIMITS.source_rate, burst=LIMITS.source_burst)
        self.intake = Intake(committer, rates, LIMITS, self.counts, self.clock, find_serial)

    async def open(self) -> int:
        """Listen; the number of the shared port. OSError when it is taken."""
        self._listeners = Listeners(self.intake, host=self.host, is_private=True)
        self.port = await self._listeners.open_shared(self.port)
        self.is_open = True
        await self._listeners.follow()
        return self.port

    async def know(self, listening: Listening) -> None:
        """Listen to these from now on."""
        self._generation += 1
        sources = tuple(
            Source(each.id, _HERE, each.kind, each.name, port=each.port, serials=each.serials)
            for each in listening.sources
        )
        self.intake.know(Directory(self._generation, (Organisation(_HERE, ""),), sources))
        if self.is_open:
            await self._listeners.follow()

    async def look(self) -> None:
        """Once a second: open what could not be opened, count what the kernel dropped."""
        if not self.is_open:
            return
        await self._listeners.follow()
        self.intake.rates.forget_idle()
        total = 0
        for table in ("udp", "udp6"):
            with suppress(OSError):
                total += dropped((Path("/proc/net") / table).read_text(), ports=self.ports())
        self.counts.add("udp_overflow", max(0, total - self._udp_before))
        self._udp_before = total

    def take_own(self, records: Sequence[bytes], *, source_id: str) -> None:
        """What the relay says itself as one of its sources."""
        source = self.intake.identities.by_id(source_id)
        if records and source is not None:
            take_or_drop(self.intake, [Frame(each) for each in records], source=source, peer="")

    def ports(self) -> list[int]:
        """All that are open."""
        return self._listeners.ports() if self.is_open else []

    def warnings(self) -> list[str]:
        """A sentence for each port that should be open and is not."""
        return self._listeners.warnings() if self.is_open else []

    async def close(self) -> None:
        """Listen no more; what was read becomes durable."""
        if self.is_open:
            self.is_open = False
            await self._listeners.close()

    async def end(self) -> None:
        """As `close`, for good."""
        await self.close()
        await self.intake.committer.close()


def strangers_of(ears: Ears) -> list[tuple[str, datetime, bytes]]:
    """Senders nobody named, since the last time: (address, when, line)."""
    return [(each.address, each.at, each.line) for each in ears.intake.strangers.take()]


def uptime_clock() -> Callable[[], float]:
    """Seconds since now, by a clock that does not jump."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
