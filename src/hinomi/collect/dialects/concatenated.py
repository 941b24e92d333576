"""Event envelopes written one after another, with or without anything in between → frames. Pure.

Each must be an object with an `event`; the first that is not ends the reading, and is numbered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.body import TooLarge
from hinomi.collect.framing import Frame
from hinomi.core.errors import HinomiError
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.collect.limits import Limits


class BadEvent(HinomiError):
    """The event with this number, from 0, cannot be taken; `code` is Splunk's."""

    def __init__(self, text: str, *, code: int, number: int) -> None:
        super().__init__(text)
        self.code = code
        self.number = number


_ABSENT = msgspec.Raw(b"")


class _Envelope(msgspec.Struct):
    event: msgspec.Raw = _ABSENT


_envelope = msgspec.json.Decoder(_Envelope)
_decoder = json.JSONDecoder()
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
_BLANKS = b" \t\r\n"


def split_events(body: bytes, *, limits: Limits) -> tuple[list[Frame], BadEvent | None]:
    """The events before the first bad one, and that one."""
    _require(body.count(b"\n"), 2 * limits.body_records)
    frames, bad = _split(_lines(body), limits)
    if bad is None:
        return frames, None
    return _split(_values(body), limits)


def _split(values: Iterator[bytes], limits: Limits) -> tuple[list[Frame], BadEvent | None]:
    frames: list[Frame] = []
    try:
        for raw in values:
            _require(len(frames) + 1, limits.body_records)
            _check(raw, number=len(frames))
            frames.append(_frame(raw, cap=limits.record_bytes))
    except BadEvent as bad:
        return frames, bad
    except _BROKEN:
        return frames, BadEvent("Invalid data format", code=6, number=len(frames))
    return frames, None


def _require(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(
            f"more than {limit:,} events or lines in one request", advice="Send smaller batches."
        )


def _check(raw: bytes, *, number: int) -> None:
    event = bytes(_envelope.decode(raw).event)
    if event in (b"", b"null"):
        raise BadEvent("Event field is required", code=12, number=number)
    if event == b'""':
        raise BadEvent("Event field cannot be blank", code=13, number=number)


def _lines(body: bytes) -> Iterator[bytes]:
    """Most senders write a line each; that it is one value is seen when it is checked."""
    for line in body.split(b"\n"):
        if line and not line.isspace():
            yield line.strip(_BLANKS)


def _values(body: bytes) -> Iterator[bytes]:
    """Any concatenation. Bytes that are not UTF-8 survive the way through text."""
    text = body.decode("utf-8", "surrogateescape")
    at = _next(text, 0)
    while at < len(text):
        _, end = _decoder.raw_decode(text, at)
        yield text[at:end].encode("utf-8", "surrogateescape")
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _frame(raw: bytes, *, cap: int) -> Frame:
    return Frame(raw) if len(raw) <= cap else Frame(raw[:cap], SetAsideReason.TOO_LARGE)
