"""One HTTP request as the dialects see it, and the desk that reads bodies and keeps records.

Bodies are read behind the token, on a clock and within one budget for all of them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from hinomi.collect.answers import NoConsent, TooBusy, UnknownToken, WentAway
from hinomi.collect.body import TooLarge, decompress
from hinomi.collect.identity import NO_CONSENT
from hinomi.collect.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hinomi.collect.framing import Frame
    from hinomi.collect.identity import Identities
    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

    Receive = Callable[[], Awaitable[dict[str, Any]]]

_SMALL = 128 * 1024
_Made = TypeVar("_Made")
_NO_SOURCE = (
    "no source has this token",
    "Send `Authorization: Bearer TOKEN` with the token shown for the source.",
)
_REFUSALS = {
    NO_CONSENT: (
        "the company has not agreed that this source is watched",
        "Record its consent to watch (見守りの同意) first; the token then works as it is.",
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is as sent, without the query; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, str]
    peer: tuple[str, int]
    receive: Receive = field(repr=False)

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters, lower case."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    @property
    def shown_peer(self) -> str:
        """`host:port`, as records keep it."""
        host, port = self.peer
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def header(self, name: bytes) -> str:
        """ "" when it was not sent."""
        return self.headers.get(name, "")


def request_of(scope: Mapping[str, Any], receive: Receive) -> Request:
    """From an ASGI scope."""
    host, port = scope.get("client") or ("", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.lower(): value.decode("latin-1") for name, value in scope["headers"]},
        peer=(str(host), int(port)),
        receive=receive,
    )


def bearer(credentials: str) -> str:
    """`Bearer TOKEN`, `Splunk TOKEN`: as it stands."""
    return credentials


def password(credentials: str) -> str:
    """`Basic`: the password is the token, whatever the user is called; alone, the user is."""
    user, _, secret = _unpacked(credentials).partition(":")
    return secret or user


def api_key(credentials: str) -> str:
    """`ApiKey`: base64 of `id:token`, as Beats send `api_key: "id:token"`; or the bare token."""
    return _unpacked(credentials).rpartition(":")[2] or credentials


def _unpacked(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


Schemes = dict[str, "Callable[[str], str]"]


def token_in(request: Request, *, schemes: Schemes) -> str:
    """ "" when the request carries none in these schemes."""
    scheme, _, credentials = request.header(b"authorization").strip().partition(" ")
    read = schemes.get(scheme.lower())
    return read(credentials.strip()) if read else ""


@dataclass(slots=True)
class Desk:
    """What all dialects share: who sends, reading, keeping."""

    intake: Intake
    _reading: Shares = field(init=False)

    def __post_init__(self) -> None:
        self._reading = Shares(self.intake.limits.bodies_bytes)

    def source(self, request: Request, *, schemes: Schemes) -> Source:
        """Whose token the request carries, in one of these Authorization schemes."""
        return self.source_of_token(token_in(request, schemes=schemes), request)

    def source_of_token(self, token: str, request: Request) -> Source:
        """UnknownToken, which staff are told of, when it is nobody's."""
        identities = self.intake.identities
        source = identities.by_token(token) if token else None
        if source is not None:
            return source
        reason = _why_refused(identities, token)
        line = f"{request.method} {request.path}".encode()
        self.intake.note_stranger(line, address=request.peer[0], reason=reason)
        what, advice = _REFUSALS.get(reason, _NO_SOURCE)
        kind = NoConsent if reason == NO_CONSENT else UnknownToken
        raise kind(what, advice=advice)

    async def unpack(
        self, request: Request, make: Callable[[bytes], _Made], *, source: Source
    ) -> _Made:
        """Read and decompress the body, and make of it what the dialect wants.

        Large bodies in a thread: the other senders must not wait for one.
        """
        wire = await self._wire(request, source.organisation)
        coding = request.header(b"content-encoding").strip().lower()

        def act() -> _Made:
            return make(decompress(wire, coding=coding, limits=self.intake.limits))

        return act() if len(wire) < _SMALL else await asyncio.to_thread(act)

    async def keep(
        self,
        frames: Sequence[Frame],
        *,
        source: Source,
        request: Request,
        key: tuple[str, bytes, bytes] | None = None,
    ) -> bytes:
        """Returns when the frames are durable; what `Intake.take` raises comes through."""
        if not frames and key is None:
            return b""
        return await self.intake.take(frames, source=source, peer=request.shown_peer, key=key)

    async def _wire(self, request: Request, company: str) -> bytes:
        limits = self.intake.limits
        declared = request.header(b"content-length")
        async with asyncio.timeout(limits.body_timeout_s):
            if declared.isdecimal() and int(declared[:20]) > limits.wire_bytes:
                if b"expect" not in request.headers:
                    await _discard(request.receive, most=limits.discard_bytes)
                raise _too_large(limits.wire_bytes)
            return await self._read(request.receive, company)

    async def _read(self, receive: Receive, company: str) -> bytes:
        limits = self.intake.limits
        body = bytearray()
        counted = 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise WentAway("the client went away")
                part = message.get("body", b"")
                body += part
                if len(body) > limits.wire_bytes:
                    await _discard(receive, most=limits.discard_bytes)
                    raise _too_large(limits.wire_bytes)
                if not self._reading.take(company, len(part)):
                    raise TooBusy("too many bodies at once", advice="Send it again in a moment.")
                counted += len(part)
                if not message.get("more_body", False):
                    return bytes(body)
        finally:
            self._reading.give_back(company, counted)


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


def _why_refused(identities: Identities, token: str) -> str:
    if token and identities.awaits_consent(token):
        return NO_CONSENT
    return "revoked_token" if token and identities.is_revoked(token) else "unknown_token"
