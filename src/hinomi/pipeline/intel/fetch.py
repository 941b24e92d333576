"""One HTTP GET with limits: time, size, redirects. Names no secret in what it says went wrong."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from hinomi.core.errors import HinomiError, Place, UsageError
from hinomi.core.indicators import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 30.0
MOST_BYTES = 256 << 20
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class FetchFailed(HinomiError):
    """The server could not be reached or did not answer with what was asked for."""

    def __init__(
        self,
        message: str,
        *,
        place: Place,
        advice: str = "",
        trouble: Trouble = Trouble.ANSWER,
    ) -> None:
        super().__init__(message, place=place, advice=advice)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. Header names are lower case."""

    body: bytes
    headers: Mapping[str, str]


def fetch(url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """GET over HTTPS (plain HTTP only on this machine). `headers` never follow to another host."""
    sent = dict(headers or {})
    for _ in range(MOST_REDIRECTS + 1):
        status, answer, target = _get(url, sent)
        if status in _REDIRECTS and target:
            target = urljoin(url, target)
            if origin(target) != origin(url):
                sent = {}
            url = target
            continue
        if status != 200:
            raise FetchFailed(
                f"the server answered {status} {http.client.responses.get(status, '')}".strip(),
                place=Place(shown(url)),
                advice=_ADVICE.get(status, "Try again later; what was imported stays in use."),
                trouble=_TROUBLES.get(status, Trouble.ANSWER),
            )
        return answer
    raise FetchFailed("too many redirects", place=Place(shown(url)))


_TROUBLES = {
    401: Trouble.REFUSED,
    403: Trouble.REFUSED,
    404: Trouble.MISSING,
    410: Trouble.MISSING,
}
_ADVICE = {
    401: "Check the user and the secret file.",
    403: "This account may not read it: ask the feed's operator.",
    404: "Check the address and the collection.",
}


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: whom a secret was meant for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def shown(url: str) -> str:
    """The address without user, password and query: feeds put keys there."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _get(url: str, headers: Mapping[str, str]) -> tuple[int, Answer, str]:
    parts = urlsplit(url)
    connection = _connection(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers={"User-Agent": "hinomi", **headers})
        response = connection.getresponse()
        body = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise FetchFailed(
            f"cannot be fetched: {type(error).__name__}: {error}"[:300],
            place=Place(shown(url)),
            advice="Check the address and the network; what was imported stays in use.",
            trouble=Trouble.UNREACHABLE,
        ) from error
    finally:
        connection.close()
    if len(body) > MOST_BYTES:
        raise FetchFailed(
            f"larger than {MOST_BYTES >> 20} MB",
            place=Place(shown(url)),
            trouble=Trouble.TOO_LARGE,
        )
    named = {name.lower(): value for name, value in response.getheaders()}
    return response.status, Answer(body, named), named.get("location", "")


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise UsageError(f"{shown(url)} is no web address.", advice="https://host/path")
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
    if parts.hostname not in _LOOPBACK:
        raise UsageError(
            "Indicators over plain HTTP can be changed on the way.",
            place=Place(shown(url)),
            advice="Use https://, or fetch the file yourself and import it.",
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
