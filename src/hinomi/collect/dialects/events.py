"""hinomi's own address: `POST /ingest/v1/events` with a source's token."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING

from hinomi.collect.answers import Answer, BadKey, not_allowed
from hinomi.collect.body import split_body
from hinomi.collect.request import bearer

if TYPE_CHECKING:
    from hinomi.collect.answers import Refusal
    from hinomi.collect.framing import Frame
    from hinomi.collect.request import Desk, Request, Schemes
    from hinomi.core.directory import Source

PATH = "/ingest/v1/events"
_SCHEMES: Schemes = {"bearer": bearer}
_KEY_LENGTH = 255


def reads(path: str) -> bool:
    """A proxy may put us under a prefix."""
    return path.rstrip("/").endswith(PATH)


async def answer(request: Request, desk: Desk) -> Answer:
    """200 with the number of records once they are durable."""
    if request.method != "POST":
        return not_allowed(b"POST")
    source = desk.source(request, schemes=_SCHEMES)
    key = idempotency_key(request)

    def split(body: bytes) -> tuple[bytes, list[Frame]]:
        digest = hashlib.sha256(body).digest() if key else b""
        limits = desk.intake.limits
        return digest, split_body(body, media_type=request.media_type, limits=limits)

    digest, frames = await desk.unpack(request, split, source=source)
    about = {} if frames else _pause(source, desk)
    told = json.dumps({"accepted": len(frames), **about}).encode()
    keyed = (key, digest, told) if key else None
    given = await desk.keep(frames, source=source, request=request, key=keyed)
    return Answer(200, given or told)


def _pause(source: Source, desk: Desk) -> dict[str, object]:
    """For a sender that asks before it sends what waited: between how many and how many seconds
    ago nobody had agreed. Ages, since its clock may be another."""
    if source.pause is None:
        return {}
    begin, end = ((desk.intake.clock.now() - each).total_seconds() for each in source.pause)
    return {"paused_s_ago": [math.ceil(begin), max(0, math.floor(end))]}


def refuse(refusal: Refusal, request: Request) -> Answer:
    """`error` for programs, `message` and `advice` for people."""
    return refusal.answer()


def idempotency_key(request: Request) -> str | None:
    """None without one. BadKey when it cannot be kept."""
    key = request.header(b"idempotency-key").strip()
    if len(key) > _KEY_LENGTH or not key.isprintable():
        raise BadKey(
            f"the Idempotency-Key is longer than {_KEY_LENGTH} characters or not printable",
            advice="A UUID per batch is enough.",
        )
    return key or None
