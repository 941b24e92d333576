"""UDP of a port: syslog, GELF and flows, told apart by their first bytes.

UDP cannot wait: what cannot be taken is counted as dropped.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hinomi.collect.commit import QueueFull, Stopping
from hinomi.collect.flows import looks_like_flows
from hinomi.collect.framing import frame_datagram, open_envelopes
from hinomi.collect.gelf_chunks import CHUNK, GelfChunks, plain
from hinomi.collect.intake import TooFast
from hinomi.collect.sockets import shown

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from hinomi.collect.flows import Flows
    from hinomi.collect.framing import Frame
    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

    Identify = Callable[[bytes, str], Source | None]  # raw, peer address → whose

_ODD = frozenset(b"\x00\x1e\x1f\x78")  # first bytes of flows, GELF chunks, gzip and zlib


@dataclass(slots=True)
class Datagrams:
    """What arrived on one port. `identify` decides per record whose it is."""

    intake: Intake
    flows: Flows
    identify: Identify
    _chunks: GelfChunks = field(init=False)

    def __post_init__(self) -> None:
        self._chunks = GelfChunks(monotonic=time.monotonic, lost=self._lost_chunks)

    def take(self, datagrams: Sequence[tuple[bytes, tuple[Any, ...]]]) -> None:
        """Hand in what arrived within a moment; nobody can be asked to wait."""
        groups: dict[tuple[str, str], tuple[Source, list[Frame]]] = {}
        for datagram, address in datagrams:
            host = str(address[0])
            for source, frame in self._frames(datagram, address, host):
                key = (source.id, shown(address))
                group = groups.get(key)
                if group is None:
                    group = groups[key] = (source, [])
                group[1].append(frame)
        for (_, peer), (source, frames) in groups.items():
            take_or_drop(self.intake, frames, source=source, peer=peer)

    def _frames(
        self, datagram: bytes, address: tuple[Any, ...], host: str
    ) -> list[tuple[Source, Frame]]:
        if datagram[:1] and datagram[0] in _ODD:
            if looks_like_flows(datagram):
                return self._flow_frames(datagram, host, shown(address))
            whole = datagram
            if datagram[:2] == CHUNK:
                message = self._chunks.feed(datagram, peer=shown(address))
                if message is None:
                    return []
                whole = message
            frame = plain(whole, cap=self.intake.limits.record_bytes)
            frame = frame or frame_datagram(whole, cap=self.intake.limits.record_bytes)
        else:
            frame = frame_datagram(datagram, cap=self.intake.limits.frame_bytes)
        source = self._whose(frame.raw, host) if frame else None
        return [(source, frame)] if source and frame else []

    def _flow_frames(self, datagram: bytes, host: str, peer: str) -> list[tuple[Source, Frame]]:
        """Templates belong to a source and to host and port: two exporters may share an address."""
        source = self._whose(datagram, host)
        if source is None:
            return []
        frames = self.flows.feed(datagram, source=source.id, peer=peer)
        return [(source, frame) for frame in frames]

    def _whose(self, raw: bytes, host: str) -> Source | None:
        source = self.identify(raw, host)
        if source is None:
            self.intake.note_stranger(raw, address=host, reason="unknown_sender")
        return source

    def _lost_chunks(self, count: int) -> None:
        self.intake.counts.add("dropped", count, label="gelf_chunks")


def take_or_drop(intake: Intake, frames: list[Frame], *, source: Source, peer: str) -> None:
    """Hand in records of a sender that cannot be asked to wait."""
    opened = open_envelopes(frames, limits=intake.limits)

    def note_loss(done: asyncio.Future[bytes]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            intake.counts.add("dropped", len(opened), label=type(error).__name__)

    try:
        intake.take(opened, source=source, peer=peer).add_done_callback(note_loss)
    except (TooFast, QueueFull, Stopping) as error:
        intake.counts.add("dropped", len(opened), label=type(error).__name__)
