"""The HTTP listener: a small ASGI application. 2xx is sent after the commit, never before.

Each dialect is a module with `reads`, `answer` and `refuse`; `/healthz`, `/readyz`, `/metrics` need
no token.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hinomi.collect.answers import Answer, WentAway, not_allowed, not_found, refusal_of
from hinomi.collect.dialects import elastic, events, gelf, otlp, relays
from hinomi.collect.dialects.hec import HecDialect
from hinomi.collect.request import Desk, request_of
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hinomi.collect.answers import Refusal
    from hinomi.collect.intake import Intake
    from hinomi.collect.request import Receive, Request

    Send = Callable[[dict[str, Any]], Awaitable[None]]


class Dialect(Protocol):
    """A protocol of one kind of sender."""

    def reads(self, path: str) -> bool:
        """True when the path is one of this dialect's."""
        ...

    async def answer(self, request: Request, desk: Desk) -> Answer:
        """Take the request; the answer is made after the commit."""
        ...

    def refuse(self, refusal: Refusal, request: Request) -> Answer:
        """The refusal as this dialect's senders understand it."""
        ...


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
    _desk: Desk = field(init=False)
    _dialects: tuple[Dialect, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._desk = Desk(self.intake)
        # In the order they are asked; hinomi's own address first.
        self._dialects = (events, relays, elastic, HecDialect(), otlp, gelf)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(request_of(scope, receive))
        except WentAway:
            return
        await _send(answer, send, is_head=scope["method"] == "HEAD")

    async def _answer(self, request: Request) -> Answer:
        page = _PAGES.get(request.path)
        if request.path == "/metrics" and not _is_this_machine(request.peer):
            page = None  # totals are the operator's business, not the internet's
        if page is not None:
            return page(self) if request.method in ("GET", "HEAD") else not_allowed(b"GET, HEAD")
        dialect = next((each for each in self._dialects if each.reads(request.path)), None)
        if dialect is None:
            return not_found(f"POST to {events.PATH}.")
        try:
            return await dialect.answer(request, self._desk)
        except WentAway:
            raise
        except (HinomiError, OSError) as error:
            refusal = refusal_of(error, retry_after_s=self.intake.limits.retry_after_s)
            self.intake.counts.add("refused", label=refusal.word)
            return dialect.refuse(refusal, request)

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


def _is_this_machine(peer: tuple[str, int]) -> bool:
    try:
        return ipaddress.ip_address(peer[0]).is_loopback
    except ValueError:
        return False


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
