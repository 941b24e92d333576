"""One request over HTTPS to somebody who carries messages: once, in time, to that host only.

Trying again is the outbox's work. What comes back is never put into an error but for its status
and a code of the other side's: a body may repeat the key or the address we sent.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from hinomi.respond.channels.channel import ChannelError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

_AGENT = "hinomi"
_CHUNK = 16 * 1024
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_LONGEST_WAIT_S = 3600.0
# What a server means that cannot take anything now: the same again later may go through.
_LATER = frozenset({408, 425, 429})
# Nobody is there any more. 400, 404 and 422 may as well be about our words or our settings.
_GONE = 410
# About our account and not about this message: somebody repairs it, then it goes out.
_OURS = frozenset({401, 402, 403, 407})


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent. `whose`: the name of the other side in errors."""

    url: str
    whose: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def text(self, name: str) -> str:
        """A value of a JSON answer by its path ("message.id", "messages.0.status"); "" without."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        for step in name.split("."):
            if isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            else:
                found = found.get(step) if isinstance(found, dict) else None
        return str(found) if isinstance(found, str | int) else ""


@dataclass(frozen=True, slots=True)
class Poster:
    """`reaches_inside`: also this machine and its network, also without TLS (rehearsals, tests).
    `answer_s` bounds one answer however slowly it drips."""

    now: Callable[[], datetime]
    reaches_inside: bool = False
    timeout_s: float = 10.0
    answer_s: float = 20.0
    answer_bytes: int = 64 * 1024
    trust: ssl.SSLContext | None = None

    def ask(self, post: Post) -> Reply:
        """The answer, whatever its status. Raises ChannelError, never permanent but for an address
        that cannot be used."""
        try:
            return self._ask(post)
        except ssl.SSLCertVerificationError:
            raise ChannelError(
                f"{post.whose} shows a certificate that is not valid.",
                advice="Check the address of this way, and the clock of this machine.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            # Not chained: the texts of these errors repeat what was sent.
            raise ChannelError(
                f"{post.whose} cannot be reached ({type(error).__name__}).",
                advice="The message is tried again by itself.",
            ) from None
        except ValueError:
            raise ChannelError(
                f"The request to {post.whose} cannot be written.",
                permanent=True,
                advice="Check the settings of this way for odd letters.",
            ) from None

    def send(self, post: Post, *, code: str = "") -> Reply:
        """The answer, if it says that the message was taken. `code`: where its body names what is
        wrong. Raises ChannelError."""
        reply = self.ask(post)
        if 200 <= reply.status < 300:
            return reply
        raise refusal(reply, whose=post.whose, code=code, now=self.now())

    def _ask(self, post: Post) -> Reply:
        connection, target = self._connection(post)
        headers = {"User-Agent": _AGENT, "Accept": "application/json", **post.headers}
        with closing(connection):
            connection.connect()
            self._require_outside(connection.sock, post)
            connection.request(post.method, target, post.body, headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, self._read(response))

    def _connection(self, post: Post) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(post.url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        host = parts.hostname or ""
        if parts.scheme == "https" and host:
            trust = self.trust or ssl.create_default_context()
            return http.client.HTTPSConnection(
                host, parts.port, timeout=self.timeout_s, context=trust
            ), target
        if parts.scheme == "http" and host and self.reaches_inside:
            return http.client.HTTPConnection(host, parts.port, timeout=self.timeout_s), target
        raise _bad_address(post)

    def _require_outside(self, line: socket.socket, post: Post) -> None:
        """A firm's settings must not reach what only this machine can: asked of the line itself,
        since a name may lead elsewhere the second time it is looked up."""
        if self.reaches_inside:
            return
        peer = ipaddress.ip_address(str(line.getpeername()[0]).partition("%")[0])
        if not peer.is_global:
            raise _bad_address(post)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        deadline = time.monotonic() + self.answer_s
        parts, size = [], 0
        while part := response.read1(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > self.answer_bytes:  # what was said before is enough to judge by
                return b"".join(parts)[: self.answer_bytes]
            if time.monotonic() > deadline:
                raise TimeoutError("the answer drips")
        if response.length:
            raise http.client.IncompleteRead(b"")
        return b"".join(parts)


def refusal(reply: Reply, *, whose: str, now: datetime, code: str = "") -> ChannelError:
    """What an answer other than 2xx means. Redirects are never followed: our key would go along."""
    status = reply.status
    said = _shown_code(reply.text(code)) if code else ""
    what = f"{whose} answered {status}{f' ({said})' if said else ''}."
    if status in _OURS:
        return ChannelError(what, advice="Check the account and the key of this way.")
    if status in _LATER or status >= 500:
        wait_s = retry_after_s(reply, now=now)
        return ChannelError(what, advice="It is tried again by itself.", retry_after_s=wait_s)
    advice = "Check the address of this way." if 300 <= status < 400 else "Check the recipient."
    return ChannelError(what, permanent=True, refuses_address=status == _GONE, advice=advice)


def retry_after_s(reply: Reply, *, now: datetime) -> float | None:
    """How long we are asked to wait, an hour at most; None when nothing was said."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT_S)
    reset = reply.headers.get("x-ratelimit-reset", "").strip()  # a moment, in seconds since 1970
    moment = _http_date(text)
    if moment is None and reset.isascii() and reset.isdigit():
        moment = datetime.fromtimestamp(int(reset[:10]), UTC)
    if moment is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WAIT_S)


def json_body(value: object) -> bytes:
    """JSON in UTF-8; halves of letters, which UTF-8 cannot hold, become "?"."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def path_part(text: str) -> str:
    """The text as one step of an address, whatever stands in it."""
    return quote(text, safe="", errors="replace")


def header_text(text: str) -> str:
    """The text, if it can stand in a header. Raises ChannelError."""
    if text.isascii() and text.isprintable():
        return text
    raise ChannelError(
        "A setting holds letters that cannot stand in a request.",
        permanent=True,
        advice="Enter the key of this way again.",
    )


def _bad_address(post: Post) -> ChannelError:
    return ChannelError(
        f"The address of {post.whose} is no public https address.",
        permanent=True,
        advice="Check the address of this way.",
    )


def _shown_code(code: str) -> str:
    return code if _CODE.fullmatch(code) else ""


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
