"""The relay's line to the tower: one HTTPS connection, kept open, and the ways it can fail."""

from __future__ import annotations

import email.utils
import gzip
import http.client
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from hinomi.core.errors import HinomiError
from hinomi.pipeline.relay.place import Listening
from hinomi.store.uplink import asked_wait_s, connection_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.pipeline.relay.place import Enrolled

_MOST_BYTES = 4 * 1024 * 1024


class Unreachable(HinomiError):
    """No answer, or one that says nothing about us: try again later."""


class Busy(HinomiError):
    """The tower said when to come back (429, 503)."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("the tower asked us to wait", advice="It is sent again by itself.")
        self.wait_s = wait_s


class BatchTooLarge(HinomiError):
    """Nothing of the request was taken: something on the way takes smaller ones only (413)."""


class KeyTaken(HinomiError):
    """The key stands for other bytes (422): a copy of our folder sends under our name."""


class Refused(HinomiError):
    """The tower does not know us any more: the relay, or its token, was revoked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request: how many records were refused as not ours to bring."""

    refused: int


@dataclass(slots=True)
class Tower:
    """Not for two threads at once. `now_us` is our own clock, in µs since 1970."""

    place: Enrolled
    now_us: Callable[[], int]
    offset_s: float = 0.0  # the tower's clock minus ours, by its last answer
    _connection: http.client.HTTPConnection | None = field(default=None, init=False)

    def listening(self, *, mark: str) -> Listening | None:
        """What we should listen to; None when it is what `mark` stands for."""
        status, body, headers = self._ask("GET", b"", {"If-None-Match": mark} if mark else {})
        if status == http.HTTPStatus.NOT_MODIFIED:
            return None
        try:
            told = msgspec.json.decode(body, type=Listening)
        except msgspec.DecodeError as error:
            raise Unreachable(f"the answer is not the tower's: {error}") from error
        return replace(told, mark=headers.get("ETag", ""))

    def bring(self, body: bytes, *, key: str = "") -> Taken:
        """Returns when the tower has the lines on disk. Repeat with the same key and bytes."""
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Hinomi-Sent-At": str(self.now_us()),
        }
        if key:
            headers["Idempotency-Key"] = key
        _, answer, _ = self._ask("POST", gzip.compress(body, 1, mtime=0), headers)
        try:
            return Taken(refused=int(json.loads(answer).get("refused", 0)))
        except (ValueError, AttributeError, TypeError) as error:
            # A captive portal answers 200 to everything: only the tower's own words are believed.
            raise Unreachable(f"the answer is not the tower's: {error}") from error

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(
        self, method: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        headers["Authorization"] = f"Bearer {self.place.token}"
        try:
            answer, told = self._exchange(method, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"the tower cannot be reached: {error}") from error
        self._note_clock(answer.headers.get("Date", ""))
        if answer.status in (200, 304):
            return answer.status, told, answer.headers
        raise _trouble(answer.status, answer.headers.get("Retry-After", ""), told)

    def _exchange(
        self, method: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Once more on a fresh connection when the kept one was closed meanwhile."""
        kept = self._connection
        if kept is not None:
            try:
                return _one(kept, self.place.ingest, method, body, headers)
            except (ConnectionError, http.client.HTTPException):
                self.close()
        self._connection = connection_to(self.place.ingest, authority=self.place.authority)
        return _one(self._connection, self.place.ingest, method, body, headers)

    def _note_clock(self, date: str) -> None:
        try:
            theirs = email.utils.parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        offset = theirs - self.now_us() / 1e6
        self.offset_s = offset if abs(offset) >= 2 else 0.0  # the header has whole seconds


_BY_STATUS: dict[int, type[HinomiError]] = {413: BatchTooLarge, 422: KeyTaken}


def _one(
    connection: http.client.HTTPConnection,
    url: str,
    method: str,
    body: bytes,
    headers: dict[str, str],
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(method, urlsplit(url).path, body or None, headers)
    answer = connection.getresponse()
    return answer, answer.read(_MOST_BYTES)


def _trouble(status: int, retry_after: str, told: bytes) -> HinomiError:
    if status in (401, 403):
        return Refused("the tower refuses this relay", advice="Ask the provider for a new code.")
    if status in (429, 503):
        return Busy(asked_wait_s(retry_after))
    if status in _BY_STATUS:
        return _BY_STATUS[status](f"the tower answered {status}")
    said = told[:200].decode("utf-8", "replace")
    return Unreachable(f"the tower answered {status}: {said}")
