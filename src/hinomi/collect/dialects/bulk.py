"""The body of a `_bulk` request → the documents as frames, and the answer with one item each. Pure.

The metadata line says what to do and is not kept; the document is, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from hinomi.collect.body import TooLarge, Unreadable
from hinomi.collect.framing import Frame
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.collect.limits import Limits

_RESULTS = {"index": ("created", 201), "create": ("created", 201), "update": ("updated", 200)}
_NOT_DELETED = ("not_found", 404)  # what was taken in is evidence
_LINES_EACH = 4  # lines per action that we look at: action, document, blanks


class _Place(msgspec.Struct):
    index: str = msgspec.field(name="_index", default="")
    id: str | int | None = msgspec.field(name="_id", default=None)


_action_decoder = msgspec.json.Decoder(dict[str, _Place | None])


@dataclass(frozen=True, slots=True)
class Bulk:
    """The records of one request and what to answer once they are durable. `digest`: SHA-256 of
    the body when the sender gave each document an id, else empty: then the same bytes are the same
    request, sent again."""

    frames: list[Frame]
    answer: bytes
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class _Action:
    has_document: bool
    has_id: bool
    item: bytes


def read_bulk(body: bytes, *, limits: Limits) -> Bulk:
    """Unreadable when an action line is no action, or its document is missing: then nothing of the
    request is kept, as Elasticsearch does it. Blank lines between pairs are passed over."""
    _require(body.count(b"\n"), limits.body_records * _LINES_EACH)
    known: dict[bytes, _Action] = {}  # a shipper writes the same action line again and again
    frames: list[Frame] = []
    items: list[bytes] = []
    is_named = True
    lines = _lines(body)
    for number, line in lines:
        action = known.get(line)
        if action is None:
            action = known[line] = _read_action(line, number)
        if action.has_document:
            frames.append(_document(lines, number, cap=limits.record_bytes))
        items.append(action.item)
        is_named = is_named and action.has_id
        _require(len(items), limits.body_records)
    answer = b'{"took":1,"errors":false,"items":[' + b",".join(items) + b"]}"
    digest = hashlib.sha256(body).digest() if is_named and items else b""
    return Bulk(frames, answer, digest)


def _require(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(
            f"more than {limit:,} lines or actions in one request",
            advice="Set a smaller bulk_max_size.",
        )


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(body.split(b"\n"), 1):
        if line and not line.isspace():
            yield number, line.removesuffix(b"\r")


def _read_action(line: bytes, number: int) -> _Action:
    try:
        pairs = list(_action_decoder.decode(line).items())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pairs = []
    if len(pairs) != 1 or pairs[0][0] not in (*_RESULTS, "delete"):
        raise Unreadable(
            f"Malformed action/metadata line [{number}]",
            advice='Send {"create":{}} on a line, then the document on the next.',
        )
    name, place = pairs[0]
    result, status = _RESULTS.get(name, _NOT_DELETED)
    identity = str(place.id) if place and place.id is not None else ""
    told = {
        "_index": place.index if place else "",
        "_id": identity,
        "_version": 1,
        "result": result,
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "status": status,
    }
    return _Action(name != "delete", bool(identity), json.dumps({name: told}).encode())


def _document(lines: Iterator[tuple[int, bytes]], number: int, *, cap: int) -> Frame:
    found = next(lines, None)
    if found is None:
        raise Unreadable(
            f"the action on line [{number}] has no document",
            advice="Send the whole request; it must end with a line end.",
        )
    raw = found[1].strip()
    return Frame(raw) if len(raw) <= cap else Frame(raw[:cap], SetAsideReason.TOO_LARGE)
