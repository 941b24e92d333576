"""GELF datagrams: compressed or not, and messages in up to 128 chunks. Pure but for the clock.

Chunks are gathered per sender and message id. What is incomplete after 5 s, or too much at once, is
given up and counted: UDP cannot ask for it again.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.collect.framing import Frame
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = b"\x1e\x0f"
_HEAD = 12
_MOST_CHUNKS = 128
_TIMEOUT_S = 5.0
_ZLIB, _GZIP = b"\x78", b"\x1f\x8b"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(slots=True)
class _Message:
    count: int
    began: float
    parts: dict[int, bytes] = field(default_factory=dict)
    size: int = 0


class GelfChunks:
    """One per port. `lost(n)` is told how many chunks were given up."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        lost: Callable[[int], None],
        messages: int = 1_000,
        size_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        self._monotonic = monotonic
        self._lost = lost
        self._most_messages = messages
        self._most_bytes = size_bytes
        self._messages: dict[tuple[str, bytes], _Message] = {}  # oldest first
        self._bytes = 0

    def feed(self, datagram: bytes, *, peer: str) -> bytes | None:
        """The whole message once its last chunk is here. Broken chunks are given up."""
        number, count = datagram[10:11], datagram[11:12]
        if not count or not 0 < count[0] <= _MOST_CHUNKS or number[0] >= count[0]:
            self._lost(1)
            return None
        self.forget_late()
        key = (peer, datagram[2:10])
        message = self._messages.setdefault(key, _Message(count[0], self._monotonic()))
        if message.count != count[0] or number[0] in message.parts:
            return None  # a repeat, or another message under the same id
        message.parts[number[0]] = datagram[_HEAD:]
        message.size += len(datagram)
        self._bytes += len(datagram)
        if len(message.parts) == message.count:
            self._drop(key)
            return b"".join(message.parts[index] for index in range(message.count))
        self._make_room()
        return None

    def forget_late(self) -> None:
        """Give up what waited too long; call it now and then when nothing arrives."""
        now = self._monotonic()
        while self._messages:
            key, oldest = next(iter(self._messages.items()))
            if now - oldest.began < _TIMEOUT_S:
                return
            self._lost(len(oldest.parts))
            self._drop(key)

    def _make_room(self) -> None:
        while len(self._messages) > self._most_messages or self._bytes > self._most_bytes:
            key, oldest = next(iter(self._messages.items()))
            self._lost(len(oldest.parts))
            self._drop(key)

    def _drop(self, key: tuple[str, bytes]) -> None:
        self._bytes -= self._messages.pop(key).size


def plain(message: bytes, *, cap: int) -> Frame | None:
    """The frame of a compressed message; None when it is not compressed. Bombs are cut at `cap`."""
    if message[:1] != _ZLIB and message[:2] != _GZIP:
        return None
    unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        raw = unpack.decompress(message, cap + 1)
    except zlib.error:
        return None  # text may begin with an x
    if len(raw) > cap:
        return Frame(raw[:cap], SetAsideReason.TOO_LARGE)
    return Frame(raw) if unpack.eof else Frame(message[:cap], SetAsideReason.BROKEN_FRAME)
