"""Splunk's HTTP Event Collector, with channels and acks.

An event is kept in its whole envelope: `host`, `time` and `sourcetype` are part of what was said.
An ackId is given only after its events are durable, so every one that was given is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from hinomi.collect.answers import Answer, Refusal, json_answer, not_allowed
from hinomi.collect.body import Unreadable
from hinomi.collect.dialects.concatenated import BadEvent, split_events
from hinomi.collect.framing import frame_lines, open_envelopes
from hinomi.collect.request import bearer, password
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hinomi.collect.framing import Frame
    from hinomi.collect.request import Desk, Request, Schemes

_ROOT = "/services/collector"
_SCHEMES: Schemes = {"splunk": bearer, "basic": password, "bearer": bearer}
_CHANNEL = b"x-splunk-request-channel"
_CHANNEL_LENGTH = 128
_CHANNELS = 10_000  # remembered; the one unused longest is forgotten first
_ACKS = 100_000  # asked for in one request
# What Splunk says: code → (status, text)
_TEXTS = {
    0: (200, "Success"),
    2: (401, "Token is required"),
    3: (401, "Invalid authorization"),
    4: (403, "Invalid token"),
    5: (400, "No data"),
    6: (400, "Invalid data format"),
    8: (500, "Internal server error"),
    9: (503, "Server is busy"),
    10: (400, "Data channel is missing"),
    11: (400, "Invalid data channel"),
    16: (400, "Query string authorization is not enabled"),
    17: (200, "HEC is healthy"),
    18: (503, "HEC is unhealthy, queues are full"),
    27: (413, "Request entity too large"),
}
# Our refusal's word → Splunk's code; the status stays the refusal's own.
_CODES = {"unreadable_body": 6, "unsupported": 6, "too_large": 27, "internal": 8}


class Told(HinomiError):
    """One of Splunk's own codes, to be answered as it is."""

    def __init__(self, code: int) -> None:
        super().__init__(_TEXTS[code][1])
        self.code = code


class _Acks:
    """How many ackIds each channel of each source was given; they count from 0."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}

    def give(self, source: str, channel: str) -> int:
        """The next id of the channel."""
        following = self._given.pop((source, channel), 0)
        self._given[source, channel] = following + 1
        if len(self._given) > _CHANNELS:
            del self._given[next(iter(self._given))]
        return following

    def is_given(self, source: str, channel: str, ack: int) -> bool:
        """True for an id that was given, and so is durable."""
        return 0 <= ack < self._given.get((source, channel), 0)


class _Asked(msgspec.Struct):
    acks: list[int]


_asked = msgspec.json.Decoder(_Asked)


class HecDialect:
    """Remembers acks; one per process."""

    def __init__(self) -> None:
        self._acks = _Acks()

    def reads(self, path: str) -> bool:
        """`/services/collector` and what lies below."""
        return path == _ROOT or path.startswith(f"{_ROOT}/")

    async def answer(self, request: Request, desk: Desk) -> Answer:
        """`{"text": "Success", "code": 0}`, with an ackId on a channel, once all is durable."""
        page = request.path.removeprefix(_ROOT).strip("/").removesuffix("/1.0")
        act = self._pages().get(page)
        if act is None:
            return json_answer(
                {"text": "The requested URL was not found.", "code": 404}, status=404
            )
        if page == "health":
            return await act(request, desk)
        if request.method not in ("POST", "PUT"):
            return not_allowed(b"POST")
        try:
            return await act(request, desk)
        except Told as told:
            return _told(told.code)
        except BadEvent as bad:
            return json_answer(
                {"text": bad.message, "code": bad.code, "invalid-event-number": bad.number},
                status=400,
            )

    def refuse(self, refusal: Refusal, request: Request) -> Answer:
        """Splunk's codes for our refusals; what is busy is code 9 with Retry-After."""
        headers = tuple(pair for pair in refusal.headers if pair[0] != b"www-authenticate")
        if refusal.word == "unknown_token":
            told = _told(_token_code(request))
            return Answer(told.status, told.body, headers)
        code = _CODES.get(refusal.word, 9)
        plain = json_answer({"text": _TEXTS[code][1], "code": code}, status=refusal.status)
        return Answer(plain.status, plain.body, headers)

    def _pages(self) -> dict[str, Callable[[Request, Desk], Awaitable[Answer]]]:
        return {
            "": self._events,
            "event": self._events,
            "raw": self._raw,
            "ack": self._ack,
            "health": _health,
        }

    async def _events(self, request: Request, desk: Desk) -> Answer:
        """As Splunk: what stands before a bad event is kept, and the answer says which it was."""
        limits = desk.intake.limits
        return await self._keep(request, desk, lambda body: split_events(body, limits=limits))

    async def _raw(self, request: Request, desk: Desk) -> Answer:
        limits = desk.intake.limits

        def split(body: bytes) -> tuple[list[Frame], BadEvent | None]:
            if body.count(b"\n") > limits.body_records:
                raise Unreadable("too many lines", advice="Send smaller batches.")
            lines = frame_lines(body, cap=limits.record_bytes)
            return list(open_envelopes(lines, limits=limits)), None

        return await self._keep(request, desk, split)

    async def _keep(
        self,
        request: Request,
        desk: Desk,
        split: Callable[[bytes], tuple[list[Frame], BadEvent | None]],
    ) -> Answer:
        channel = _channel(request)
        _refuse_query_token(request)
        source = desk.source(request, schemes=_SCHEMES)
        frames, bad = await desk.unpack(request, split, source=source)
        if not frames and bad is None:
            raise Told(5)
        await desk.keep(frames, source=source, request=request)
        if bad is not None:
            raise bad
        told: dict[str, object] = {"text": "Success", "code": 0}
        if channel:
            told["ackId"] = self._acks.give(source.id, channel)
        return json_answer(told)

    async def _ack(self, request: Request, desk: Desk) -> Answer:
        channel = _channel(request)
        source = desk.source(request, schemes=_SCHEMES)
        if not channel:
            raise Told(10)
        try:
            asked = await desk.unpack(request, _asked.decode, source=source)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Told(6) from error
        if len(asked.acks) > _ACKS:
            raise Told(6)
        is_given = self._acks.is_given
        return json_answer(
            {"acks": {str(ack): is_given(source.id, channel, ack) for ack in asked.acks}}
        )


async def _health(_: Request, desk: Desk) -> Answer:
    committer = desk.intake.committer
    return _told(18 if committer.is_disk_low or committer.trouble else 17)


def _told(code: int) -> Answer:
    status, text = _TEXTS[code]
    return json_answer({"text": text, "code": code}, status=status)


def _token_code(request: Request) -> int:
    scheme, _, token = request.header(b"authorization").strip().partition(" ")
    if not scheme:
        return 2
    return 4 if scheme.lower() in _SCHEMES and token.strip() else 3


def _query(request: Request) -> dict[str, list[str]]:
    try:
        return parse_qs(request.query, max_num_fields=20)
    except ValueError:
        return {}


def _channel(request: Request) -> str:
    channel = request.header(_CHANNEL).strip()
    channel = channel or _query(request).get("channel", [""])[0].strip()
    if len(channel) > _CHANNEL_LENGTH or not channel.isprintable():
        raise Told(11)
    return channel


def _refuse_query_token(request: Request) -> None:
    """A token in an address ends up in every proxy's log; with Splunk too it is off by default."""
    if not request.header(b"authorization") and "token" in _query(request):
        raise Told(16)
