"""The HTTP listener: a small ASGI application. 2xx is sent after the commit, never before.

`POST /ingest/v1/events` with a source's token; `/healthz`, `/readyz`, `/metrics` without.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hinomi.collect.body import TooLarge, Unreadable, Unsupported, decompress, split_body
from hinomi.collect.commit import DiskLow, KeyReused, QueueFull, Stopping
from hinomi.collect.intake import TooFast
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hinomi.collect.framing import Frame
    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

_KEY_LENGTH = 255
_SMALL = 128 * 1024
_EVENTS = "/ingest/v1/events"


class UnknownToken(HinomiError):
    """No source has this token (401)."""


class BadKey(HinomiError):
    """The Idempotency-Key cannot be kept (400)."""


class TooBusy(HinomiError):
    """Too many bodies are being read at once (503)."""


class WentAway(HinomiError):
    """The client closed the connection before its body was whole; there is nobody to answer."""


# error → (status, the word a program can branch on)
_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    Unreadable: (400, "unreadable_body"),
    BadKey: (400, "bad_idempotency_key"),
    UnknownToken: (401, "unknown_token"),
    TimeoutError: (408, "body_too_slow"),
    TooLarge: (413, "too_large"),
    Unsupported: (415, "unsupported"),
    KeyReused: (422, "idempotency_key_reused"),
    TooFast: (429, "too_many_records"),
    TooBusy: (503, "too_busy"),
    QueueFull: (503, "queue_full"),
    DiskLow: (503, "disk_low"),
    Stopping: (503, "stopping"),
    OSError: (503, "log_unwritable"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of a response."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = b"application/json"


@dataclass(slots=True)
class Health:
    """What /readyz says. A problem means collect cannot do its job; a warning means part of it."""

    problems: Callable[[], list[str]]
    warnings: Callable[[], list[str]]


@dataclass(slots=True)
class IngestApp:
    """The ASGI callable."""

    intake: Intake
    health: Health
    _reading_bytes: int = field(default=0)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except WentAway:
            return
        await _send(answer, send, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        page = _PAGES.get(path)
        if path == "/metrics" and not _is_this_machine(_peer(scope)):
            page = None  # totals are the operator's business, not the internet's
        if page is not None:
            return page(self) if method in ("GET", "HEAD") else _not_allowed(b"GET, HEAD")
        if not path.rstrip("/").endswith(_EVENTS):  # a proxy may put us under a prefix
            return _refusal(404, "not_found", "There is nothing here.", f"POST to {_EVENTS}.")
        if method != "POST":
            return _not_allowed(b"POST")
        try:
            return await self._take_events(scope, receive)
        except (HinomiError, OSError) as error:
            return self._refuse(error)

    async def _take_events(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        peer = _peer(scope)
        source = self._source(headers.get(b"authorization", ""), peer=peer)
        key = _idempotency_key(headers)
        wire = await self._wire(headers, receive)
        body, frames = await self._unpack(wire, headers)
        answer = json.dumps({"accepted": len(frames)}).encode()
        if not frames and key is None:
            return Answer(200, answer)
        keyed = (key, hashlib.sha256(body).digest(), answer) if key else None
        given = await self.intake.take(frames, source=source, peer=_shown(peer), key=keyed)
        return Answer(200, given or answer)

    def _source(self, authorization: str, *, peer: tuple[str, int]) -> Source:
        scheme, _, token = authorization.strip().partition(" ")
        identities = self.intake.identities
        source = identities.by_token(token.strip()) if scheme.lower() == "bearer" else None
        if source is not None:
            return source
        reason = "revoked_token" if identities.is_revoked(token.strip()) else "unknown_token"
        self.intake.note_stranger(f"POST {_EVENTS}".encode(), address=peer[0], reason=reason)
        raise UnknownToken(
            "no source has this token",
            advice="Send `Authorization: Bearer TOKEN` with the token shown for the source.",
        )

    async def _unpack(self, wire: bytes, headers: Mapping[bytes, str]) -> tuple[bytes, list[Frame]]:
        """(body, frames). Large bodies in a thread: the other senders must not wait for one."""
        coding = headers.get(b"content-encoding", "").strip().lower()
        media_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()

        def unpack() -> tuple[bytes, list[Frame]]:
            body = decompress(wire, coding=coding, limits=self.intake.limits)
            return body, split_body(body, media_type=media_type, limits=self.intake.limits)

        return unpack() if len(wire) < _SMALL else await asyncio.to_thread(unpack)

    async def _wire(self, headers: Mapping[bytes, str], receive: Receive) -> bytes:
        limits = self.intake.limits
        declared = headers.get(b"content-length", "")
        async with asyncio.timeout(limits.body_timeout_s):
            if declared.isdigit() and int(declared) > limits.wire_bytes:
                if b"expect" not in headers:
                    await _discard(receive, most=limits.discard_bytes)
                raise _too_large(limits.wire_bytes)
            return await self._read(receive)

    async def _read(self, receive: Receive) -> bytes:
        limits = self.intake.limits
        body = bytearray()
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise WentAway("the client went away")
                part = message.get("body", b"")
                body += part
                self._reading_bytes += len(part)
                if len(body) > limits.wire_bytes:
                    await _discard(receive, most=limits.discard_bytes)
                    raise _too_large(limits.wire_bytes)
                if self._reading_bytes > limits.bodies_bytes:
                    raise TooBusy("too many bodies at once", advice="Send it again in a moment.")
                if not message.get("more_body", False):
                    return bytes(body)
        finally:
            self._reading_bytes -= len(body)

    def _refuse(self, error: Exception) -> Answer:
        if isinstance(error, WentAway):
            raise error
        status, word = next(
            (found for kind, found in _REFUSALS.items() if isinstance(error, kind)),
            (500, "internal"),
        )
        self.intake.counts.add("refused", label=word)
        message = error.message if isinstance(error, HinomiError) else "it cannot be kept now"
        advice = error.advice if isinstance(error, HinomiError) else "Send it again in a moment."
        headers: list[tuple[bytes, bytes]] = []
        if status in (429, 503):
            wait_s = error.wait_s if isinstance(error, TooFast) else 0.0
            seconds = max(self.intake.limits.retry_after_s, math.ceil(wait_s))
            headers.append((b"retry-after", str(seconds).encode()))
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="hinomi"'))
        if status in (408, 413):
            headers.append((b"connection", b"close"))  # the rest of the body is not wanted
        return _refusal(status, word, message, advice, headers=tuple(headers))

    def healthz(self) -> Answer:
        """Alive: the loop answers."""
        return Answer(200, b'{"alive": true}')

    def readyz(self) -> Answer:
        """Able to do its job, or which part it cannot, in sentences."""
        problems, warnings = self.health.problems(), self.health.warnings()
        told = {"ready": not problems, "troubles": problems, "warnings": warnings}
        return Answer(503 if problems else 200, json.dumps(told, ensure_ascii=False).encode())

    def metrics(self) -> Answer:
        """Prometheus text."""
        counts = self.intake.counts
        counts.set("queue_bytes", self.intake.committer.queued_bytes)
        counts.set("directory_generation", self.intake.directory_generation)
        return Answer(200, counts.text().encode(), content_type=b"text/plain; version=0.0.4")


_PAGES: dict[str, Callable[[IngestApp], Answer]] = {
    "/healthz": IngestApp.healthz,
    "/readyz": IngestApp.readyz,
    "/metrics": IngestApp.metrics,
}


async def _discard(receive: Receive, *, most: int) -> None:
    """Read on for a while: a client that is still sending would see a reset, not our answer."""
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"the body is larger than {limit:,} bytes",
        advice="Send smaller batches; a few hundred records each work best.",
    )


def _idempotency_key(headers: Mapping[bytes, str]) -> str | None:
    key = headers.get(b"idempotency-key", "").strip()
    if len(key) > _KEY_LENGTH or not key.isprintable():
        raise BadKey(
            f"the Idempotency-Key is longer than {_KEY_LENGTH} characters or not printable",
            advice="A UUID per batch is enough.",
        )
    return key or None


def _peer(scope: Mapping[str, Any]) -> tuple[str, int]:
    host, port = scope.get("client") or ("", 0)
    return str(host), int(port)


def _is_this_machine(peer: tuple[str, int]) -> bool:
    try:
        return ipaddress.ip_address(peer[0]).is_loopback
    except ValueError:
        return False


def _shown(peer: tuple[str, int]) -> str:
    host, port = peer
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _not_allowed(allowed: bytes) -> Answer:
    words = f"Use {allowed.decode()}."
    return _refusal(405, "method", "This method is not offered.", words, ((b"allow", allowed),))


def _refusal(
    status: int,
    word: str,
    message: str,
    advice: str,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Answer:
    body = json.dumps({"error": word, "message": message, "advice": advice}).encode()
    return Answer(status, body, headers)


async def _send(answer: Answer, send: Send, *, is_head: bool) -> None:
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
