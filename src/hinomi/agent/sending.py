"""Brings batches of the spool to the tower: one at a time, each under its own Idempotency-Key.

A batch leaves the spool when the tower has it, or will never take it. Anything else waits: longer
each time, with chance in it, and as long as the tower asks.
"""

from __future__ import annotations

import gzip
import http.client
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.store.uplink import Backoff, asked_wait_s, connection_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hinomi.agent.settings import Settings

_FIRST_WAIT_S, MOST_WAIT_S = 2.0, 300.0
_NO_CONSENT = "no_consent"  # the tower's word for it, beside 401


class Outcome(StrEnum):
    """What became of a batch."""

    TAKEN = "taken"
    REFUSED = "refused"  # will never be taken as it is: some record in it, or its size
    KEY_IN_USE = "key_in_use"  # another machine has our spool's name: one was copied
    NO_CONSENT = "no_consent"  # the company did not agree to be watched, or no longer does
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105  # a state, not a secret
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Answer:
    """`wait_s`: how long the tower asks us to wait; `why` for the status, in English. `paused`:
    between how many and how many seconds ago the company had not agreed."""

    outcome: Outcome
    wait_s: float = 0.0
    why: str = ""
    paused: tuple[float, float] | None = None


@dataclass(slots=True)
class Sender:
    """Keeps one connection open between batches; one thread."""

    settings: Settings
    connect: Callable[[Settings], http.client.HTTPConnection] = field(
        default=lambda settings: connection_to(settings.endpoint, authority=settings.authority)
    )
    _connection: http.client.HTTPConnection | None = None

    def send(self, key: str, lines: Sequence[bytes]) -> Answer:
        """One batch. Never raises for what the network does."""
        body = gzip.compress(b"\n".join(lines), 5)
        return self._post(body, {"Idempotency-Key": key, "Content-Encoding": "gzip"})

    def ask(self) -> Answer:
        """Whether the tower listens to us: a request without any record. Never raises."""
        return self._post(b"", {})

    def _post(self, body: bytes, more: dict[str, str]) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.settings.token}",
            "Content-Type": "text/plain",
            **more,
        }
        try:
            connection = self._connection or self.connect(self.settings)
            self._connection = connection
            connection.request("POST", urlsplit(self.settings.endpoint).path, body, headers)
            answer = connection.getresponse()
            told = _told(answer.read(64 << 10))
            asked = asked_wait_s(answer.headers.get("Retry-After", ""))
            if answer.will_close:
                self.close()
            return _answer(answer.status, asked, told)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Answer(Outcome.LATER, why=f"the tower cannot be reached: {error}")

    def close(self) -> None:
        """A new connection is made when it is needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def pauses() -> Backoff:
    """Between the tries of one agent; some minutes at most."""
    return Backoff(first_s=_FIRST_WAIT_S, most_s=MOST_WAIT_S)


def wait_after(answer: Answer, backoff: Backoff) -> float:
    """Seconds until the next try."""
    if answer.outcome in (Outcome.TAKEN, Outcome.REFUSED, Outcome.KEY_IN_USE):
        backoff.reset()
        return 0.0
    if answer.outcome in (Outcome.UNKNOWN_TOKEN, Outcome.NO_CONSENT):
        return MOST_WAIT_S
    return backoff.next_s(at_least=answer.wait_s)


def _answer(status: int, asked_s: float, told: Mapping[str, object]) -> Answer:
    if status // 100 == 2:
        return Answer(Outcome.TAKEN, paused=_paused(told.get("paused_s_ago")))
    if status == 422:  # other bytes were taken under this key
        return Answer(Outcome.KEY_IN_USE, why="another machine sends under our name")
    if status == 401 and told.get("error") == _NO_CONSENT:
        return Answer(Outcome.NO_CONSENT, why="the company has not agreed to be watched")
    if status in (401, 403):
        return Answer(Outcome.UNKNOWN_TOKEN, why=f"the tower does not know our token ({status})")
    if status in (400, 413):
        return Answer(Outcome.REFUSED, why=f"the tower cannot read the batch ({status})")
    return Answer(Outcome.LATER, wait_s=asked_s, why=f"the tower answered {status}")


def _told(body: bytes) -> Mapping[str, object]:
    """Empty when the answer is not the tower's own."""
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _paused(told: object) -> tuple[float, float] | None:
    match told:
        case [int(begin), int(end)]:
            return float(begin), float(end)
    return None
