"""What an HTTP dialect answers: a response, and the table of refusals all dialects share."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.body import TooLarge, Unreadable, Unsupported
from hinomi.collect.commit import DiskLow, KeyReused, QueueFull, Stopping
from hinomi.collect.intake import TooFast
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnknownToken(HinomiError):
    """No source has this token (401)."""


class NoConsent(UnknownToken):
    """Its source has it, and the company did not agree to be watched, or no longer does (401)."""


class BadKey(HinomiError):
    """The Idempotency-Key cannot be kept (400)."""


class NotAllowed(HinomiError):
    """The token is known, and not for this (403)."""


class TooBusy(HinomiError):
    """Too many bodies are being read at once (503)."""


class WentAway(HinomiError):
    """The client closed the connection before its body was whole; there is nobody to answer."""


# error → (status, the word a program can branch on)
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    Unreadable: (400, "unreadable_body"),
    BadKey: (400, "bad_idempotency_key"),
    NoConsent: (401, "no_consent"),  # before what it is a kind of
    UnknownToken: (401, "unknown_token"),
    NotAllowed: (403, "not_allowed"),
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

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of a response."""

    status: int
    body: bytes
    headers: Headers = ()
    content_type: bytes = b"application/json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not taken; each dialect spells it its own way. `headers` belong to it."""

    status: int
    word: str
    message: str
    advice: str
    headers: Headers = ()

    def answer(self) -> Answer:
        """As hinomi's own address spells it."""
        told = {"error": self.word, "message": self.message, "advice": self.advice}
        return Answer(self.status, json.dumps(told).encode(), self.headers)


def refusal_of(error: Exception, *, retry_after_s: int) -> Refusal:
    """What to tell of an error; one that is in no table is 500."""
    status, word = next(
        (found for kind, found in REFUSALS.items() if isinstance(error, kind)), (500, "internal")
    )
    message = error.message if isinstance(error, HinomiError) else "it cannot be kept now"
    advice = error.advice if isinstance(error, HinomiError) else "Send it again in a moment."
    headers: list[tuple[bytes, bytes]] = []
    if status in (429, 503):
        wait_s = error.wait_s if isinstance(error, TooFast) else 0.0
        headers.append((b"retry-after", str(max(retry_after_s, math.ceil(wait_s))).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="hinomi"'))
    if status in (408, 413):
        headers.append((b"connection", b"close"))  # the rest of the body is not wanted
    return Refusal(status, word, message, advice, tuple(headers))


def not_found(hint: str) -> Answer:
    """404; `hint` says what to do instead."""
    return Refusal(404, "not_found", "There is nothing here.", hint).answer()


def not_allowed(allowed: bytes) -> Answer:
    """405; `allowed` as in the Allow header."""
    words = f"Use {allowed.decode()}."
    return Refusal(
        405, "method", "This method is not offered.", words, ((b"allow", allowed),)
    ).answer()


def json_answer(told: Mapping[str, object] | list[object], *, status: int = 200) -> Answer:
    """A JSON body."""
    return Answer(status, json.dumps(told).encode())
