"""OTLP/HTTP logs: `POST /v1/logs`, protobuf or JSON, answered in the same coding.

Each log record becomes one JSON record that carries its resource and scope, so that it can be read
alone. Records that cannot be read are told in `partialSuccess`; a body that cannot is 400.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hinomi.collect.answers import Answer, not_allowed
from hinomi.collect.body import Unsupported
from hinomi.collect.dialects.otlp_json import logs_of_json
from hinomi.collect.dialects.otlp_protobuf import logs_of_protobuf, partial_success, status
from hinomi.collect.framing import Frame
from hinomi.collect.request import bearer, password
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from hinomi.collect.answers import Refusal
    from hinomi.collect.request import Desk, Request, Schemes

_SCHEMES: Schemes = {"bearer": bearer, "basic": password}
_PROTOBUF = "application/x-protobuf"
_READERS = {_PROTOBUF: logs_of_protobuf, "application/json": logs_of_json}
_INVALID_ARGUMENT, _UNAUTHENTICATED, _UNAVAILABLE = 3, 16, 14
_CODES = {401: _UNAUTHENTICATED, 429: _UNAVAILABLE, 503: _UNAVAILABLE}
_TOLD_OF_BROKEN = "log records that could not be decoded were not kept"


def reads(path: str) -> bool:
    """`/v1/logs`; a proxy may put us under a prefix."""
    return path.rstrip("/").endswith("/v1/logs")


async def answer(request: Request, desk: Desk) -> Answer:
    """ExportLogsServiceResponse: empty, or how many records were not kept and why."""
    if request.method != "POST":
        return not_allowed(b"POST")
    source = desk.source(request, schemes=_SCHEMES)
    read = _READERS.get(request.media_type)
    if read is None:
        raise Unsupported(
            f"Content-Type {request.media_type!r} is not read here",
            advice=f"Use {_PROTOBUF} or application/json.",
        )
    limits = desk.intake.limits

    def split(body: bytes) -> tuple[list[Frame], int]:
        logs = read(body, limits=limits)
        return [_frame(raw, cap=limits.record_bytes) for raw in logs.records], logs.rejected

    frames, rejected = await desk.unpack(request, split, source=source)
    await desk.keep(frames, source=source, request=request)
    if rejected:
        desk.intake.counts.add("refused", rejected, label="broken_log_record")
    return _succeeded(request, rejected)


def refuse(refusal: Refusal, request: Request) -> Answer:
    """A google.rpc.Status. A body that came too slowly may be sent again, so it is 503."""
    number = 503 if refusal.status == 408 else refusal.status
    code = _CODES.get(number, _INVALID_ARGUMENT)
    words = f"{refusal.message}. {refusal.advice}"
    if request.media_type == _PROTOBUF:
        return Answer(number, status(code, words), refusal.headers, _PROTOBUF.encode())
    return Answer(number, json.dumps({"code": code, "message": words}).encode(), refusal.headers)


def _succeeded(request: Request, rejected: int) -> Answer:
    if request.media_type == _PROTOBUF:
        body = partial_success(rejected, _TOLD_OF_BROKEN) if rejected else b""
        return Answer(200, body, content_type=_PROTOBUF.encode())
    told = {"rejectedLogRecords": str(rejected), "errorMessage": _TOLD_OF_BROKEN}
    return Answer(200, json.dumps({"partialSuccess": told} if rejected else {}).encode())


def _frame(raw: bytes, *, cap: int) -> Frame:
    return Frame(raw) if len(raw) <= cap else Frame(raw[:cap], SetAsideReason.TOO_LARGE)
