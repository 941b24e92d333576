"""The body of a request → frames. Pure: decompression with limits, then one frame per record.

Records keep their exact bytes, whether they are JSON or not: a line that cannot be read is set
aside downstream, with its reason, where it is counted and seen.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.framing import Frame, frame_lines, of_entry, open_envelopes
from hinomi.core.envelopes import entries_of
from hinomi.core.errors import HinomiError
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.collect.limits import Limits

_STEP = 256 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_whole = msgspec.json.Decoder(msgspec.Raw)


class TooLarge(HinomiError):
    """More than we take in one request (413)."""


class Unsupported(HinomiError):
    """A coding or a media type we do not read (415)."""


class Unreadable(HinomiError):
    """The request's own coding is broken, so no record can be found in it (400)."""


def decompress(wire: bytes, *, coding: str, limits: Limits) -> bytes:
    """Undo the Content-Encoding; TooLarge as soon as it grows past the limits, never after."""
    if coding in ("", "identity"):
        _require_size(len(wire), limits=limits)
        return wire
    named = {each.strip() for each in coding.split(",")}  # pygelf: `gzip,deflate` for either
    if not named <= _COMPRESSED:
        raise Unsupported(f"Content-Encoding {coding!r} is not read here", advice="Use gzip.")
    try:
        return _inflate(wire, limits=limits)
    except zlib.error as error:
        raise Unreadable(
            f"the {coding} body is broken: {error}", advice="Send it whole."
        ) from error


def _inflate(wire: bytes, *, limits: Limits) -> bytes:
    """All members of the stream: shippers append gzip files to each other."""
    body = bytearray()
    rest = wire
    while rest:
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        while not member.eof:
            part = member.decompress(rest, _STEP)
            rest = member.unconsumed_tail
            body += part
            _require_size(len(body), limits=limits)
            _require_ratio(len(body), len(wire), limits=limits)
            if not part and not rest and not member.eof:
                raise Unreadable("the compressed body is cut off", advice="Send it whole.")
        rest = member.unused_data
    return bytes(body)


def _require_size(size: int, *, limits: Limits) -> None:
    if size > limits.body_bytes:
        raise TooLarge(
            f"the body is larger than {limits.body_bytes:,} bytes",
            advice="Send smaller batches; a few hundred records each work best.",
        )


def _require_ratio(size: int, wire: int, *, limits: Limits) -> None:
    if size > limits.gzip_ratio_from and size > wire * limits.gzip_ratio:
        raise TooLarge(
            f"the body grows more than {limits.gzip_ratio}-fold when decompressed",
            advice="Send smaller batches, or without compression.",
        )


def split_body(body: bytes, *, media_type: str, limits: Limits) -> list[Frame]:
    """One frame per record: a line of text, a line of NDJSON, or an element of a JSON array, bare
    or in an envelope like `{"records": […]}`.

    Unsupported for a media type that is neither text nor JSON. No type, or the form type that curl
    sends unasked, is read as JSON.
    """
    split = _SPLITTERS.get(media_type)
    if split is None:
        raise Unsupported(
            f"Content-Type {media_type!r} is not read here",
            advice="Use application/x-ndjson, application/json or text/plain.",
        )
    frames = split(body, limits)
    _require_count(len(frames), limits.body_records)
    return frames


def _split_text(body: bytes, limits: Limits) -> list[Frame]:
    _require_count(body.count(b"\n"), limits.body_records)
    return frame_lines(body, cap=limits.record_bytes)


def _split_json(body: bytes, limits: Limits) -> list[Frame]:
    start = body.lstrip()[:1]
    if start == b"{" and (frames := _entries(body, limits)):
        return frames
    if start == b"[":
        _require_count(body.count(b","), limits.body_commas)
        elements = _array(body)
        if elements is not None:
            return [_frame(element, cap=limits.record_bytes) for element in elements]
        if frames := _entries(body, limits):
            return frames
    if start == b"{" and not _is_line_wise(body) and _is_one_value(body):
        return [_frame(body.strip(), cap=limits.record_bytes)]
    return _split_lines(body, limits)


def _split_lines(body: bytes, limits: Limits) -> list[Frame]:
    """A line each, cut to size only after a line that holds many records was opened."""
    _require_count(body.count(b"\n"), limits.body_records)
    lines = frame_lines(body, cap=len(body))
    opened = open_envelopes(lines, limits=limits)
    return [
        frame if frame.fault else _frame(frame.raw, cap=limits.record_bytes) for frame in opened
    ]


def _entries(body: bytes, limits: Limits) -> list[Frame]:
    """The entries of a body that is one envelope; none for any other body. In a broken body whose
    first line holds entries of its own, the other lines are no part of that one."""
    entries = entries_of(body, most=limits.body_records) or ()
    if entries and entries[-1].fault is SetAsideReason.BROKEN_FRAME:
        first, end, _ = body.lstrip().partition(b"\n")
        if end and entries_of(first, most=1) is not None:
            return []
    return [of_entry(entry, cap=limits.record_bytes) for entry in entries]


def _array(body: bytes) -> list[bytes] | None:
    """The exact bytes of each element; None when it is no JSON array after all."""
    try:
        return [bytes(element) for element in _elements.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _is_line_wise(body: bytes) -> bool:
    """NDJSON, told cheaply: the first line is closed."""
    return body.lstrip().partition(b"\n")[0].rstrip().endswith(b"}")


def _is_one_value(body: bytes) -> bool:
    """One object written over several lines is one record."""
    try:
        _whole.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _frame(raw: bytes, *, cap: int) -> Frame:
    return Frame(raw) if len(raw) <= cap else Frame(raw[:cap], SetAsideReason.TOO_LARGE)


def _require_count(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(
            f"more than {limit:,} records or values in one request",
            advice="Send smaller batches; a few hundred records each work best.",
        )


_SPLITTERS: dict[str, Callable[[bytes, Limits], list[Frame]]] = {
    "text/plain": _split_text,
    **dict.fromkeys(
        (
            "",
            "application/json",
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonlines",
            "application/json-seq",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
        ),
        _split_json,
    ),
}
