"""HTTP connections that nobody can hold open by doing nothing.

Whoever has not sent a whole head waits on a clock, and gives way first when there are too many
connections. Uvicorn times only the pause between two requests, and reads heads of any length.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from hinomi.collect.limits import Limits


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A body has its own clock in `hinomi.collect.http`, behind the token."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._head_bytes = 0

    @property
    def is_waiting(self) -> bool:
        """True while nothing is done for it: no request yet, or the last one is answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def closes_at(self) -> float:
        """The loop's time; infinite between two requests, where Uvicorn's own clock runs."""
        return self._deadline.when() if self._deadline is not None else float("inf")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; a connection too many pushes out the one that waited longest."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self._limits.http_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; bytes that complete no head do not buy more time."""
        super().data_received(data)
        if self.is_waiting:  # also the rest of a body that was refused before it came
            self._await_head()
        self._head_bytes = self._head_bytes + len(data) if self._is_in_head else 0
        if self._head_bytes > self._limits.head_bytes:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._is_in_head = True
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self._limits.head_s, self.transport.close)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, GuardedProtocol)]
        waiting = [each for each in others if each.is_waiting and each is not self]
        oldest = min(waiting, key=lambda each: each.closes_at, default=None)
        if oldest is None:  # all are at work
            self.app = _refuse
            return
        self.connections.discard(oldest)
        oldest.transport.abort()


async def _refuse(_: object, __: object, send: Callable[..., Awaitable[None]]) -> None:
    told = {"error": "too_busy", "message": "too many connections", "advice": "Send it again soon."}
    headers = [
        (b"content-type", b"application/json"),
        (b"retry-after", b"2"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
