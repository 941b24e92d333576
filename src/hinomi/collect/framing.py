"""Bytes → frames. Nothing is parsed beyond what framing needs, nothing is decoded or trimmed.

A stream uses octet counting (RFC 6587: `31 <13>…`) when its first bytes look like it, else LF or
NUL. Senders get their counts wrong in the field, so a frame is believed only when a header, a line
end or nothing follows it; otherwise we look for the next header and keep every byte in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from hinomi.core.envelopes import entries_of
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.collect.limits import Limits
    from hinomi.core.envelopes import Entry

_HEADER = re.compile(rb"([1-9][0-9]{0,7}) (?=<[0-9]{1,3}>)")
_HEADER_BEGUN = re.compile(rb"[1-9][0-9]{0,7}(?: (?:<[0-9]{0,3})?)?\Z")
_HEADER_BYTES = 16  # a header that begins inside a frame may end behind it
_BETWEEN = b"\r\n\0 "  # some senders end counted frames with a line end as well
_NUL_FRAMED_NEXT = (b"<", b"{")
_LISTS = (b"{", b"[")
_ABSURD_COUNT = 16 * 1024 * 1024


@dataclass(slots=True)
class Frame:
    """One record's bytes. `fault` tells when they are not the whole record.

    Never changed once made; not `frozen`, because that alone doubles the time to make one.
    """

    raw: bytes
    fault: SetAsideReason | None = None


def frame_datagram(datagram: bytes, *, cap: int) -> Frame | None:
    """A datagram is one frame; its trailing line end or NUL is framing. None when empty."""
    raw = _without_end(datagram)
    return _capped(raw, cap=cap) if raw else None


def frame_lines(body: bytes, *, cap: int) -> list[Frame]:
    """The lines of a whole text; blank ones are no records."""
    lines = body.split(b"\n")
    if b"\r" in body:
        lines = [line.removesuffix(b"\r") for line in lines]
    if max(map(len, lines)) <= cap:
        return [Frame(line) for line in lines if line and not line.isspace()]
    return [_capped(line, cap=cap) for line in lines if line.strip()]


def open_envelopes(frames: Sequence[Frame], *, limits: Limits) -> Sequence[Frame]:
    """Frames that hold many records become one frame for each. One that holds too many stays whole
    and is marked: nobody can be asked to send it in parts."""
    if not any(frame.raw[:1] in _LISTS for frame in frames):
        return frames
    return [each for frame in frames for each in _opened(frame, limits)]


def of_entry(entry: Entry, *, cap: int) -> Frame:
    """The frame of an envelope's entry."""
    return Frame(entry.raw[:cap], entry.fault) if entry.fault else _capped(entry.raw, cap=cap)


def _opened(frame: Frame, limits: Limits) -> Sequence[Frame]:
    most = limits.record_entries
    if frame.raw[:1] not in _LISTS or frame.fault not in (None, SetAsideReason.TOO_LARGE):
        return (frame,)
    entries = entries_of(frame.raw, most=most)
    if entries is None:
        return (frame,)
    if len(entries) > most:
        return (Frame(frame.raw, SetAsideReason.TOO_LARGE),)
    return [of_entry(entry, cap=limits.record_bytes) for entry in entries]


class StreamFramer:
    """One TCP connection. `feed` gives the frames that are complete, `close` what is left."""

    def __init__(self, *, cap: int, nul_framed: bool | None = None) -> None:
        """`nul_framed`: known from the start, for senders that say so (GELF)."""
        self._cap = cap
        self._buffer = bytearray()
        self._counted: bool | None = False if nul_framed else None  # None: not decided yet
        self._nul_framed = nul_framed
        self._skip = 0  # bytes of an oversize counted frame still to come
        self._skip_line = False  # inside the rest of an oversize line

    def feed(self, data: bytes) -> list[Frame]:
        """Frames completed by these bytes, in order."""
        self._buffer += data
        if self._counted is None:
            self._decide()
        frames: list[Frame] = []
        while self._counted is not None:
            frame = self._next_counted() if self._counted else self._next_line()
            if frame is None:
                break
            if frame.raw:
                frames.append(frame)
        return frames

    @property
    def held_bytes(self) -> int:
        """What waits for the rest of its frame."""
        return len(self._buffer)

    def close(self) -> list[Frame]:
        """Half frames are kept: a cut record is better than none."""
        if self._skip or self._skip_line or not self._buffer.strip(_BETWEEN):
            return []
        if not self._counted:
            return [_capped(_without_end(bytes(self._buffer)), cap=self._cap)]
        frames = list(self._rest_by_headers())
        self._buffer.clear()
        return frames

    def _decide(self) -> None:
        if _HEADER.match(self._buffer):
            self._counted = True
        elif not _HEADER_BEGUN.match(self._buffer):
            self._counted = False

    # --- octet counting

    def _next_counted(self) -> Frame | None:
        if self._skip and not self._skipped():
            return None
        self._drop_between()
        header = _HEADER.match(self._buffer)
        if header is None:
            return self._without_header()
        count, start = int(header[1]), header.end()
        if count > _ABSURD_COUNT:
            return self._until_header(start)
        if count > self._cap and len(self._buffer) - start >= self._cap:
            return self._cut_counted(start, count)
        if len(self._buffer) - start < count:
            return self._before_inner_header(start)
        return self._checked(start, count)

    def _skipped(self) -> bool:
        gone = min(self._skip, len(self._buffer))
        del self._buffer[:gone]
        self._skip -= gone
        return self._skip == 0

    def _drop_between(self) -> None:
        kept = len(self._buffer.lstrip(_BETWEEN))
        del self._buffer[: len(self._buffer) - kept]

    def _cut_counted(self, start: int, count: int) -> Frame:
        raw = bytes(self._buffer[start : start + self._cap])
        self._skip = count - self._cap
        del self._buffer[: start + self._cap]
        return Frame(raw, SetAsideReason.TOO_LARGE)

    def _checked(self, start: int, count: int) -> Frame:
        """The count is believed when what follows can be the beginning of a frame, or nothing."""
        end = start + count
        if self._may_begin_at(end):
            return self._take(start, end)
        inner = self._inner_header(start, end)
        if inner is not None:  # the count was too large: it swallowed the next header
            return self._take(start, inner)
        if self._buffer[end : end + 1] == b"<":  # right, but the next sender line has no count
            return self._take(start, end)
        return self._take(start, self._end_of_short(end))

    def _end_of_short(self, end: int) -> int:
        """The count was too small: the frame goes on to the next header, line end or stop."""
        following = _HEADER.search(self._buffer, end)
        if following is not None:
            return following.start()
        newline = self._buffer.find(b"\n", end)
        return newline if newline >= 0 else len(self._buffer)

    def _may_begin_at(self, position: int) -> bool:
        rest = bytes(self._buffer[position:].lstrip(_BETWEEN)[:16])
        return not rest or bool(_HEADER.match(rest) or _HEADER_BEGUN.match(rest))

    def _inner_header(self, start: int, end: int) -> int | None:
        """A header inside the frame whose own count ends where a frame can end."""
        for match in _HEADER.finditer(self._buffer, start + 1, end + _HEADER_BYTES):
            landing = match.end() + int(match[1])
            if match.start() >= end:
                break
            if landing <= len(self._buffer) and self._may_begin_at(landing):
                return match.start()
        return None

    def _before_inner_header(self, start: int) -> Frame | None:
        """While waiting for the rest: whole frames inside prove that the count was too large."""
        inner = self._inner_header(start, len(self._buffer))
        return None if inner is None else self._take(start, inner)

    def _without_header(self) -> Frame | None:
        """Bytes where a header should be: a record of their own, up to the next header."""
        if not self._buffer or _HEADER_BEGUN.match(self._buffer):
            return None
        return self._until_header(0)

    def _until_header(self, start: int) -> Frame | None:
        following = _HEADER.search(self._buffer, start)
        line_end = self._buffer.find(b"\n", start)
        ends = [end for end in (following and following.start(), line_end) if end and end > start]
        if not ends and len(self._buffer) - start < self._cap:
            return None
        end = min(ends, default=start + self._cap)
        frame = self._take(start, min(end, start + self._cap))
        return Frame(frame.raw, SetAsideReason.BROKEN_FRAME)

    def _rest_by_headers(self) -> list[Frame]:
        """At the end of the connection: split what is left at every header there is."""
        rest = bytes(self._buffer)
        starts = [match.start() for match in _HEADER.finditer(rest)]
        bounds = sorted({0, *starts, len(rest)})
        frames = []
        for begin, end in pairwise(bounds):
            header = _HEADER.match(rest, begin)
            start = header.end() if header else begin
            raw = _without_end(rest[start:end])
            is_whole = header is not None and int(header[1]) == end - start
            if raw:
                fault = None if is_whole else SetAsideReason.BROKEN_FRAME
                frames.append(Frame(raw[: self._cap], fault))
        return frames

    def _take(self, start: int, end: int) -> Frame:
        raw = _without_end(bytes(self._buffer[start:end]))
        del self._buffer[:end]
        return _capped(raw, cap=self._cap)

    # --- LF or NUL

    def _next_line(self) -> Frame | None:
        """An empty frame means "go on"; None means "wait for more"."""
        end = self._line_end()
        if end < 0:
            return self._overlong()
        raw = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        if self._skip_line:
            self._skip_line = False
            return Frame(b"")
        return _capped(_without_end(raw), cap=self._cap)

    def _line_end(self) -> int:
        """NUL ends a frame only on connections that frame by NUL: it may also be content."""
        newline = self._buffer.find(b"\n")
        if self._nul_framed is None:
            self._nul_framed = self._is_nul_framed(newline)
        if not self._nul_framed:
            return newline
        nul = self._buffer.find(b"\0")
        syslog = self._buffer.find(b"\n<") if newline >= 0 else -1
        return min((end for end in (nul, syslog) if end >= 0), default=-1)

    def _is_nul_framed(self, newline: int) -> bool | None:
        nul = self._buffer.find(b"\0")
        if nul < 0:
            return None if newline < 0 else False
        if 0 <= newline < nul:
            return False
        following = bytes(self._buffer[nul + 1 : nul + 2])
        return following == b"" or following in _NUL_FRAMED_NEXT

    def _overlong(self) -> Frame | None:
        if len(self._buffer) <= self._cap:
            return None
        raw = bytes(self._buffer[: self._cap])
        self._buffer.clear()
        if self._skip_line:
            return None
        self._skip_line = True
        return Frame(raw, SetAsideReason.TOO_LARGE)


def _capped(raw: bytes, *, cap: int) -> Frame:
    if len(raw) <= cap:
        return Frame(raw)
    return Frame(raw[:cap], SetAsideReason.TOO_LARGE)


def _without_end(raw: bytes) -> bytes:
    return raw.rstrip(b"\r\n\0")
