"""GELF over HTTP: `POST /gelf`, one message as JSON or one on each line; 202 once durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.collect.answers import Answer, not_allowed
from hinomi.collect.body import split_body
from hinomi.collect.request import bearer, password

if TYPE_CHECKING:
    from hinomi.collect.answers import Refusal
    from hinomi.collect.framing import Frame
    from hinomi.collect.request import Desk, Request, Schemes

_SCHEMES: Schemes = {"bearer": bearer, "basic": password}


def reads(path: str) -> bool:
    """`/gelf`."""
    return path.rstrip("/") == "/gelf"


async def answer(request: Request, desk: Desk) -> Answer:
    """202 without a body, as Graylog answers."""
    if request.method != "POST":
        return not_allowed(b"POST")
    source = desk.source(request, schemes=_SCHEMES)
    limits = desk.intake.limits

    def split(body: bytes) -> list[Frame]:
        return split_body(body, media_type="application/json", limits=limits)

    frames = await desk.unpack(request, split, source=source)
    await desk.keep(frames, source=source, request=request)
    return Answer(202, b"")


def refuse(refusal: Refusal, request: Request) -> Answer:
    """GELF has no form for it; ours."""
    return refusal.answer()
