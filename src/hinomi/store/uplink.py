"""The line from a customer's place to the tower, as relay and agent hold it. Standard library only.

It never crosses a public network in the open: a token on it opens a company's door.
"""

from __future__ import annotations

import http.client
import random
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 30.0
_MOST_ASKED_S = 3_600.0
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


def checked_address(url: str) -> str:
    """The address as it was typed; UsageError for what is none, or would show the token."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_address = is_address and parts.port != 0  # reading the port checks it
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageError(f"{url!r} is no web address.", advice="As shown: https://…")
    if parts.scheme == "http" and parts.hostname not in _OWN_MACHINE:
        raise UsageError(
            "The token would travel in the open.", advice="Use the tower's https address."
        )
    return url


def connection_to(url: str, *, authority: str) -> http.client.HTTPConnection:
    """To the host of a checked address, not yet open. `authority` is a PEM file to believe besides
    the system's certificates, "" for none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(cafile=authority)
    return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S, context=context)


def asked_wait_s(retry_after: str) -> float:
    """Seconds of a Retry-After header, an hour at most; 0 for none or a date."""
    return min(float(retry_after), _MOST_ASKED_S) if retry_after.isdecimal() else 0.0


@dataclass(slots=True)
class Backoff:
    """Doubling pauses with chance in them, so that a thousand relays do not come back at once."""

    first_s: float = 1.0
    most_s: float = 120.0
    draw: Callable[[], float] = random.random
    failures: int = 0

    def next_s(self, *, at_least: float = 0.0) -> float:
        """The next pause: what the tower asked for, or our own, plus up to half of it."""
        grown = min(self.first_s * 2.0 ** min(self.failures, 12), self.most_s)
        self.failures += 1
        return max(grown, at_least) * (1 + self.draw() / 2)

    def reset(self) -> None:
        """It went well."""
        self.failures = 0
