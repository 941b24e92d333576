"""Lumberjack v2 frames (Beats, Logstash): windows, JSON events, compressed frames. Pure.

Bytes are unpacked little by little, so that a compressed bomb costs no more memory than an event.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.collect.framing import Frame
from hinomi.core.errors import HinomiError
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Iterator

_U32 = struct.Struct(">I")
_EVENT_HEAD = struct.Struct(">II")
_WINDOW, _EVENT, _COMPRESSED = b"2W", b"2J", b"2C"
_STEP = 64 * 1024
_MOST_COMPRESSED = 64 * 1024 * 1024


class BrokenStream(HinomiError):
    """The bytes are no Lumberjack v2; the connection is of no more use."""


@dataclass(frozen=True, slots=True)
class Window:
    """The sender will wait for an acknowledgement after this many events."""

    count: int


@dataclass(frozen=True, slots=True)
class Event:
    """One JSON event with its number in the window."""

    sequence: int
    frame: Frame


Item = Window | Event


def begins_like_lumberjack(data: bytes) -> bool:
    """Every connection begins with a window; no syslog line begins so, nor octet counting."""
    return data[:2] == _WINDOW and (len(data) < 3 or data[2] == 0)


def acknowledgement(sequence: int) -> bytes:
    """0 keeps the connection alive while we are busy."""
    return b"2A" + _U32.pack(sequence)


@dataclass(slots=True)
class Frames:
    """One connection, or the inside of one compressed frame."""

    cap: int
    is_inner: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _skip: int = 0  # bytes of an oversize event still to come
    _inner: _Inner | None = None

    def feed(self, data: bytes) -> Iterator[Item]:
        """The items that these bytes complete, one by one. BrokenStream for what cannot be."""
        view = data
        while view or self._buffer:
            if self._inner is not None:
                view = self._take_back() + view
                part, view = view[: self._inner.left], view[self._inner.left :]
                yield from self._inner.feed(part)
                if self._inner.left:
                    return
                self._inner.check_end()
                self._inner = None
                continue
            if self._skip:
                view = self._take_back() + view
                gone = min(self._skip, len(view))
                self._skip -= gone
                view = view[gone:]
                if self._skip:
                    return
                continue
            self._buffer += view
            view = b""
            item = self._next()
            if item is not None:
                yield item
            elif self._inner is None and not self._skip:
                return

    @property
    def is_between(self) -> bool:
        """True when no frame is half read."""
        return not self._buffer and not self._skip

    @property
    def held_bytes(self) -> int:
        """What waits for the rest of its frame."""
        return len(self._buffer)

    def _take_back(self) -> bytes:
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _next(self) -> Item | None:
        kind = bytes(self._buffer[:2])
        if kind == _WINDOW and len(self._buffer) >= 6:
            (count,) = _U32.unpack_from(self._buffer, 2)
            del self._buffer[:6]
            return Window(count)
        if kind == _EVENT and len(self._buffer) >= 10:
            return self._event()
        if kind == _COMPRESSED and len(self._buffer) >= 6:
            self._begin_compressed()
            return None
        if len(kind) == 2 and kind not in (_WINDOW, _EVENT, _COMPRESSED):
            raise BrokenStream("the connection does not speak Lumberjack v2", advice="Use Beats.")
        return None

    def _event(self) -> Item | None:
        sequence, length = _EVENT_HEAD.unpack_from(self._buffer, 2)
        if length > self.cap:
            if len(self._buffer) < 10 + self.cap:
                return None
            raw = bytes(self._buffer[10 : 10 + self.cap])
            self._skip = length - self.cap
            del self._buffer[: 10 + self.cap]
            return Event(sequence, Frame(raw, SetAsideReason.TOO_LARGE))
        if len(self._buffer) < 10 + length:
            return None
        raw = bytes(self._buffer[10 : 10 + length])
        del self._buffer[: 10 + length]
        return Event(sequence, Frame(raw))

    def _begin_compressed(self) -> None:
        (length,) = _U32.unpack_from(self._buffer, 2)
        if self.is_inner or length > _MOST_COMPRESSED:
            raise BrokenStream("a compressed frame of this size or depth is not read")
        del self._buffer[:6]
        self._inner = _Inner(Frames(self.cap, is_inner=True), length)


@dataclass(slots=True)
class _Inner:
    """A compressed frame being unpacked: `left` compressed bytes are still to come."""

    frames: Frames
    left: int
    _unpack: zlib._Decompress = field(default_factory=zlib.decompressobj)

    def feed(self, data: bytes) -> Iterator[Item]:
        """At most 64 KiB are unpacked at a time."""
        self.left -= len(data)
        try:
            while data and not self._unpack.eof:
                part = self._unpack.decompress(data, _STEP)
                data = self._unpack.unconsumed_tail
                yield from self.frames.feed(part)
            while not self._unpack.eof and (part := self._unpack.decompress(b"", _STEP)):
                yield from self.frames.feed(part)
        except zlib.error as error:
            raise BrokenStream(f"a compressed frame is broken: {error}") from error

    def check_end(self) -> None:
        """A frame must end where its events end."""
        if not self._unpack.eof or not self.frames.is_between:
            raise BrokenStream("a compressed frame ends inside an event")
