"""One TCP or TLS connection of a sender: syslog or GELF frames, or Lumberjack with acks.

A connection waits (and is not read) while the disk or the source's rate says no.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.collect.framing import Frame, StreamFramer, open_envelopes
from hinomi.collect.lumberjack import (
    BrokenStream,
    Event,
    Frames,
    Window,
    acknowledgement,
    begins_like_lumberjack,
)
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

Identify = Callable[[bytes], "Source | None"]  # a record → whose

READ_BYTES = 32 * 1024
_PATIENCE_S = 0.2
_ALIVE_EVERY_S = 5.0
_BATCH_EVENTS = 1_000
_BATCH_BYTES = 1024 * 1024
_TOKEN = re.compile(rb'"hinomi_token"\s*:\s*"([\w-]{1,200})"')
_TOKEN_WITHIN = 64 * 1024  # of an event


class TooMuchHeld(HinomiError):
    """All connections together hold too many half frames."""


@dataclass(slots=True)
class Held:
    """Bytes that wait for the rest of their frame, over all connections, and how many there are."""

    most: int
    total: int = 0
    connections: int = 0

    def change(self, before: int, after: int) -> int:
        """Count a connection's new amount and return it; TooMuchHeld for who goes over."""
        if after > before and self.total + after - before > self.most:
            raise TooMuchHeld("too many half frames", advice="Send whole lines.")
        self.total += after - before
        return after


@dataclass(slots=True)
class Stream:
    """A connection that was accepted, TLS done. `identify` decides per record whose it is."""

    intake: Intake
    held: Held
    identify: Identify
    peer: str  # host:port
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_gelf: bool = False
    is_closing: Callable[[], bool] = lambda: False
    _holding: int = field(default=0)

    async def serve(self) -> None:
        """Until the sender ends the connection, or is cut off."""
        first = b""
        try:
            first = await self.reader.read(READ_BYTES)
            while len(first) < 3 and begins_like_lumberjack(first + b"2W\0"[len(first) :]):
                if not (more := await self.reader.read(READ_BYTES)):
                    break
                first += more
        except ConnectionError:
            pass
        try:
            if begins_like_lumberjack(first):
                await self._serve_lumberjack(first)
            else:
                await self._serve_frames(first)
        except TooMuchHeld:
            self.intake.counts.add("refused", label="too_many_half_frames")
        except BrokenStream:
            self.intake.counts.add("refused", label="broken_lumberjack")
        finally:
            self.held.change(self._holding, 0)

    async def _serve_frames(self, data: bytes) -> None:
        limits = self.intake.limits
        cap = limits.record_bytes if self.is_gelf else limits.frame_bytes
        framer = StreamFramer(cap=cap, nul_framed=True if self.is_gelf else None)
        try:
            while data:
                await self._keep(framer.feed(data))
                self._holding = self.held.change(self._holding, framer.held_bytes)
                data = await self.reader.read(READ_BYTES)
        except ConnectionError:
            pass  # cut connections are everyday; what they brought is kept below
        finally:
            await self._keep(framer.close())

    async def _keep(self, frames: Sequence[Frame]) -> None:
        """Returns when the frames are durable; until then the connection is not read."""
        groups: dict[str, tuple[Source, list[Frame]]] = {}
        for frame in frames:
            source = self.identify(frame.raw)
            if source is None:
                host = self.peer.rpartition(":")[0].strip("[]")
                self.intake.note_stranger(frame.raw, address=host, reason="unknown_sender")
            else:
                groups.setdefault(source.id, (source, []))[1].append(frame)
        for source, group in groups.values():
            await self._keep_group(group, source)

    async def _keep_group(self, frames: list[Frame], source: Source) -> bool:
        """False when we are closing and nothing more can be kept."""
        opened = open_envelopes(frames, limits=self.intake.limits)
        while True:
            try:
                await asyncio.shield(self.intake.take(opened, source=source, peer=self.peer))
                return True
            except (HinomiError, OSError) as error:
                if self.is_closing():
                    self.intake.counts.add("dropped", len(frames), label=type(error).__name__)
                    return False
                await asyncio.sleep(getattr(error, "wait_s", 0.0) or _PATIENCE_S)

    # --- Lumberjack

    async def _serve_lumberjack(self, data: bytes) -> None:
        """Acknowledges what is durable, and nothing else: the sender repeats the rest."""
        frames = Frames(cap=self.intake.limits.record_bytes)
        batch: list[Event] = []
        size = left = 0
        try:
            while data:
                for item in frames.feed(data):
                    if isinstance(item, Window):
                        left = item.count
                        continue
                    batch.append(item)
                    size += len(item.frame.raw)
                    left -= 1
                    if left <= 0 or len(batch) >= _BATCH_EVENTS or size >= _BATCH_BYTES:
                        if not await self._keep_and_acknowledge(batch):
                            return
                        batch, size = [], 0
                self._holding = self.held.change(self._holding, frames.held_bytes + size)
                data = await self.reader.read(READ_BYTES)
        except ConnectionError:
            pass  # what was not acknowledged comes again

    async def _keep_and_acknowledge(self, batch: list[Event]) -> bool:
        """False when the connection should end: unknown sender, or we are closing."""
        groups: dict[str, tuple[Source, list[Frame]]] = {}
        for event in batch:
            found = self._whose(event.frame)
            if found is None:
                host = self.peer.rpartition(":")[0].strip("[]")
                line = b"Lumberjack, without a token or certificate we know"
                self.intake.note_stranger(line, address=host, reason="unknown_sender")
                return False
            groups.setdefault(found[0].id, (found[0], []))[1].append(found[1])
        for source, frames in groups.values():
            if not await self._keep_alive(self._keep_group(frames, source)):
                return False
        self.writer.write(acknowledgement(batch[-1].sequence))
        await self.writer.drain()
        return True

    async def _keep_alive(self, keeping: Coroutine[None, None, bool]) -> bool:
        task = asyncio.create_task(keeping)
        while True:
            done, _ = await asyncio.wait({task}, timeout=_ALIVE_EVERY_S)
            if done:
                return task.result()
            self.writer.write(acknowledgement(0))

    def _whose(self, frame: Frame) -> tuple[Source, Frame] | None:
        """By port, certificate or content; else by a token in the event, which is not kept."""
        source = self.identify(frame.raw)
        if source is not None:
            return source, frame
        found = _TOKEN.search(frame.raw, 0, _TOKEN_WITHIN)
        known = self.intake.identities.by_token(found[1].decode()) if found else None
        if found is None or known is None:
            return None
        raw = frame.raw[: found.start(1)] + b"***" + frame.raw[found.end(1) :]
        return known, Frame(raw, frame.fault)
