"""Frames → records → commit: what all listeners share. Knows sources, times, ids and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.collect.acquainted import Acquaintances, no_name
from hinomi.collect.event_ids import EventIds
from hinomi.collect.identity import (
    ADDRESS_MOVED,
    NO_CONSENT,
    UNKNOWN,
    Identities,
    canonical_address,
    identities_of,
    no_serial,
)
from hinomi.collect.strangers import Strangers
from hinomi.core import crash
from hinomi.core.errors import HinomiError
from hinomi.core.records import RawRecord
from hinomi.core.transport import KeyedAnswer
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import datetime

    from hinomi.collect.acquainted import FindName
    from hinomi.collect.commit import Committer
    from hinomi.collect.counts import Counts
    from hinomi.collect.framing import Frame
    from hinomi.collect.identity import FindSerial
    from hinomi.collect.limits import Limits
    from hinomi.collect.rate import Rates
    from hinomi.core.clock import Clock
    from hinomi.core.directory import Directory, Source


class TooFast(HinomiError):
    """The source sends more than it may; `wait_s` says when to come back."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("this source sends too much", advice="Send it again later.")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame as a relay heard it: of which of its sources, from which address, and when ("" and
    None where it does not know)."""

    source: Source
    frame: Frame
    peer: str
    at: datetime | None


@dataclass(slots=True)
class Intake:
    """One per process. `directory` changes by `know`; everything else is given once."""

    committer: Committer
    rates: Rates
    limits: Limits
    counts: Counts
    clock: Clock
    find_serial: FindSerial = no_serial
    find_name: FindName = no_name
    identities: Identities = field(default_factory=Identities)
    strangers: Strangers = field(default_factory=Strangers)
    acquainted: Acquaintances = field(default_factory=Acquaintances)
    directory_generation: int = 0
    _ids: EventIds = field(default_factory=EventIds)

    def know(self, directory: Directory) -> None:
        """Use a new snapshot from now on."""
        self.identities = identities_of(directory)
        self.directory_generation = directory.generation
        self.acquainted.forget(organisations={each.id for each in directory.organisations})

    def take(
        self,
        frames: Sequence[Frame],
        *,
        source: Source,
        peer: str,
        key: tuple[str, bytes, bytes] | None = None,
    ) -> asyncio.Future[bytes]:
        """Queue the frames as records of the source; the future is done when they are durable.

        `key`: (Idempotency-Key, SHA-256 of the body, answer). TooFast, QueueFull and Stopping are
        raised at once; see `Committer.submit` for what the future raises.
        """
        wait_s = self.rates.wait_s(source.id, len(frames))
        if wait_s:
            raise TooFast(wait_s)
        records = self.records(frames, source=source, peer=peer)
        crash.point("collect:received")
        keyed = None
        if key is not None:
            keyed = KeyedAnswer(source.id, key[0], key[1], key[2], self.clock.now())
        self._count_cut(frames)
        return self.committer.submit(records, keyed=keyed)

    def records(self, frames: Sequence[Frame], *, source: Source, peer: str) -> list[RawRecord]:
        """Give each frame its id and the moment of its arrival."""
        now = self.clock.now()
        ids = self._ids.take(len(frames), time_ms=int(now.timestamp() * 1000))
        return [
            RawRecord(
                event_id=event_id,
                organisation=source.organisation,
                source=source.id,
                kind=source.kind,
                timezone=source.timezone,
                receive_time=now,
                raw=frame.raw,
                peer=peer,
                frame_fault=frame.fault,
            )
            for event_id, frame in zip(ids, frames, strict=True)
        ]

    def take_heard(
        self, heard: Sequence[Heard], *, relay: Source, key: tuple[str, bytes, bytes] | None
    ) -> asyncio.Future[bytes]:
        """As `take`, for records that a relay brings of any of its sources, kept together."""
        wait_s = self.rates.wait_s(relay.id, len(heard))
        if wait_s:
            raise TooFast(wait_s)
        now = self.clock.now()
        ids = self._ids.take(len(heard), time_ms=int(now.timestamp() * 1000))
        records = [
            RawRecord(
                event_id=event_id,
                organisation=relay.organisation,
                source=each.source.id,
                kind=each.source.kind,
                timezone=each.source.timezone,
                receive_time=now,
                raw=each.frame.raw,
                peer=each.peer,
                frame_fault=each.frame.fault,
                heard_at=each.at,
            )
            for event_id, each in zip(ids, heard, strict=True)
        ]
        crash.point("collect:received")
        self._count_cut([each.frame for each in heard])
        keyed = KeyedAnswer(relay.id, *key, now) if key is not None else None
        return self.committer.submit(records, keyed=keyed)

    def note_stranger(self, line: bytes, *, address: str, reason: str, relay: str = "") -> None:
        """Somebody we do not know sent something, here or to a relay. Of a source whose company
        did not agree to be watched, or no longer does, not one line is kept."""
        if self.identities.is_of_waiting(
            line, peer=address, find_serial=self.find_serial, relay=relay
        ):
            line, reason = b"", NO_CONSENT
        elif reason == UNKNOWN and self.acquainted.is_in_doubt(canonical_address(address)):
            reason = ADDRESS_MOVED
        self.counts.add("unknown", label=reason)
        now = self.clock.now()
        self.strangers.note(line, address=address, at=now, reason=reason, relay=relay)

    def _count_cut(self, frames: Sequence[Frame]) -> None:
        cut = sum(1 for frame in frames if frame.fault is SetAsideReason.TOO_LARGE)
        if cut:
            self.counts.add("cut", cut)
