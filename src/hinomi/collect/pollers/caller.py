"""Asks a maker's server over HTTPS, in the thread of the look: waits when told to, tries again what
may pass, and never follows a link to another house.

The standard library's client: fetching needs no pool and no second event loop, and collect has
90 MB for everything.
"""

from __future__ import annotations

import http.client
import random
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.collect.pollers.trouble import PollFailed, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.collect.pollers.limits import PollLimits

_CHUNK = 64 * 1024
_AGENT = "hinomi"


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `right` is what it takes, told when the server says that it is missing."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Cut(OSError):
    """The answer ended before its end."""


@dataclass(slots=True)
class Caller:
    """`through` ("http://127.0.0.1:port"): everything is asked there instead, with the host it was
    meant for as the first part of the path; for rehearsals. `pause` sleeps."""

    limits: PollLimits
    now: Callable[[], datetime]
    through: str = ""
    trust: ssl.SSLContext | None = None
    is_stopping: Callable[[], bool] = lambda: False
    pause: Callable[[float], None] = time.sleep
    skew: timedelta = timedelta()
    waited_s: float = 0.0
    requests: int = 0

    def server_now(self) -> datetime:
        """The time by the server's clock, as its last answer told it: windows end there, so that a
        clock of ours that runs ahead passes nothing over."""
        return self.now() + self.skew

    def ask(self, request: Request) -> Reply:
        """The answer, whatever its status below 500 but 429. Raises PollFailed."""
        last = PollFailed(Trouble.UNREACHABLE)
        for attempt in range(self.limits.tries):
            if attempt:
                self._rest(self.limits.first_wait_s * 2.0 ** (attempt - 1), last)
            try:
                reply = self._patient(request)
            except ssl.SSLCertVerificationError as error:
                raise PollFailed(
                    Trouble.UNREACHABLE, about=f"証明書：{error.verify_message}"
                ) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                last = PollFailed(Trouble.UNREACHABLE, about=_short(error))
                continue
            if reply.status < 500:
                return reply
            last = PollFailed(Trouble.THEIR_FAULT, about=str(reply.status), status=reply.status)
        raise last

    def _patient(self, request: Request) -> Reply:
        """Asks again as long as the server only wants us to wait, and not too long."""
        backoff = self.limits.first_wait_s
        while True:
            reply = self._once(request)
            if reply.status != 429 and not (reply.status == 503 and "retry-after" in reply.headers):
                return reply
            wait_s = self._retry_after(reply) or backoff
            backoff = min(backoff * 2, 60.0)
            self._rest(wait_s, PollFailed(Trouble.BUSY, wait_s=wait_s, status=reply.status))

    def _rest(self, seconds: float, failed: PollFailed) -> None:
        """Between half more and a little more than asked: not everybody at the same moment."""
        seconds *= 1.0 + random.random() * 0.25  # noqa: S311 - spreads load, guards nothing
        if self.is_stopping() or self.waited_s + seconds > self.limits.busy_s:
            raise failed
        self.waited_s += seconds
        self.pause(seconds)
        if self.is_stopping():  # meanwhile
            raise failed

    def _retry_after(self, reply: Reply) -> float:
        text = reply.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(min(int(text), 86_400))
        moment = _http_date(text)
        return max(0.0, (moment - self.server_now()).total_seconds()) if moment else 0.0

    def _once(self, request: Request) -> Reply:
        self.requests += 1
        connection, target = self._connection(request.url)
        headers = {"User-Agent": _AGENT, "Accept": "application/json", **request.headers}
        with closing(connection):
            body = request.body if request.body or request.method == "POST" else None
            connection.request(request.method, target, body, headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            reply = Reply(response.status, found, self._read(response))
        if (moment := _http_date(found.get("date", ""))) is not None:
            self.skew = moment - self.now()
        return reply

    def _connection(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        seconds = self.limits.timeout_s
        if self.through:
            near = urlsplit(self.through)
            host = http.client.HTTPConnection(near.hostname or "", near.port, timeout=seconds)
            return host, f"/{parts.hostname}{target}"
        if parts.scheme != "https" or not parts.hostname:
            raise PollFailed(Trouble.BROKEN_ANSWER, about="https以外のアドレス")
        self.trust = self.trust or ssl.create_default_context()
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=seconds, context=self.trust
        ), target

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """A body that ends early is no body: what is missing would be passed over."""
        deadline = time.monotonic() + self.limits.answer_s
        parts, size = [], 0
        while part := response.read1(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > self.limits.answer_bytes:
                raise PollFailed(Trouble.BROKEN_ANSWER, about="答えが大きすぎます")
            if time.monotonic() > deadline:
                raise TimeoutError("the answer drips")
        if response.length:
            raise _Cut("the answer was cut")
        return b"".join(parts)


def is_same_house(link: str, *, as_: str) -> bool:
    """A link in an answer may lead on at the host it came from, and nowhere else: our token goes
    with it."""
    here = urlsplit(as_)
    try:
        there = urlsplit(link)
        return (there.scheme, there.hostname, there.port) == ("https", here.hostname, here.port)
    except ValueError:  # a port that is no number
        return False


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)[:120]
