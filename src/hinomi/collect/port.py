"""One port number of sources, UDP and TCP together; TCP speaks TLS to whoever begins with it.

What is spoken inside (syslog, GELF, Lumberjack, flows) shows in the first bytes, so that a source
needs one address only. A public port takes TLS alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hinomi.collect.datagrams import Datagrams
from hinomi.collect.sockets import bind_pair, bind_stream, shown
from hinomi.collect.streams import READ_BYTES, Stream
from hinomi.collect.tls import HANDSHAKE_S, HELLO, UnusableCertificate, fingerprint

if TYPE_CHECKING:
    from hinomi.collect.flows import Flows
    from hinomi.collect.intake import Intake
    from hinomi.collect.streams import Held
    from hinomi.collect.tls import ServerTls
    from hinomi.core.directory import Source

# record, peer address, fingerprint of its certificate ("" without) → whose
Identify = Callable[[bytes, str, str], "Source | None"]

_DATAGRAM_WAIT_S = 0.002
_DATAGRAMS = 1_000
_CLOSE_S = 5.0
_ACCEPT_AGAIN_S = 0.1
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all ports of the process have in common."""

    intake: Intake
    flows: Flows
    held: Held
    tls: ServerTls | None = None
    is_public: bool = False  # reachable from outside: TLS only, no UDP


@dataclass(slots=True)
class Port:
    """`identify` decides per record whose it is. `is_gelf`: TCP frames end with NUL, now."""

    shared: Shared
    identify: Identify
    host: str
    port: int
    is_gelf: Callable[[], bool] = lambda: False
    _listening: socket.socket | None = None
    _datagrams: asyncio.DatagramTransport | None = None
    _accepting: asyncio.Task[None] | None = None
    _tasks: dict[asyncio.Task[None], asyncio.StreamReader | None] = field(default_factory=dict)
    _is_closing: bool = False

    async def open(self) -> None:
        """Bind; with port 0 any number that is free. OSError when it is not."""
        if self.shared.is_public:
            self._listening = bind_stream(self.host, self.port)
        else:
            udp, self._listening = bind_pair(self.host, self.port)
            loop = asyncio.get_running_loop()
            take = Datagrams(self.shared.intake, self.shared.flows, self._of_datagram).take
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Gathered(take), sock=udp
            )
        self.port = self._listening.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(self._listening))

    async def close(self) -> None:
        """Stop listening; what was read so far is handed in, half frames included."""
        self._is_closing = True
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        if self._listening is not None:
            self._listening.close()
        await asyncio.sleep(0)  # datagrams that are in the loop already
        if self._datagrams is not None:
            self._datagrams.close()
        for task, reader in list(self._tasks.items()):
            if reader is None:
                task.cancel()  # nothing was read yet
            else:
                reader.feed_eof()  # they hand in what they have read, then end
        if self._tasks:
            _, late = await asyncio.wait(list(self._tasks), timeout=_CLOSE_S)
            for task in late:
                task.cancel()

    def _of_datagram(self, raw: bytes, host: str) -> Source | None:
        return self.identify(raw, host, "")

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, address = await loop.sock_accept(listening)
            except OSError as error:  # e.g. no file descriptor is left
                logger.warning("port %d cannot accept: %s", self.port, error)
                await asyncio.sleep(_ACCEPT_AGAIN_S)
                continue
            if self._is_full():
                self.shared.intake.counts.add("refused", label="too_many_connections")
                sock.close()
                continue
            task = asyncio.create_task(self._serve(sock, address))
            self._tasks[task] = None
            self.shared.held.connections += 1
            task.add_done_callback(self._forget)

    def _is_full(self) -> bool:
        """Per port, so that one cannot take all; and in all, because files are bounded too."""
        limits = self.shared.intake.limits
        is_all = self.shared.held.connections >= limits.all_connections
        return is_all or len(self._tasks) >= limits.connections

    def _forget(self, done: asyncio.Task[None]) -> None:
        self._tasks.pop(done, None)
        self.shared.held.connections -= 1

    async def _serve(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        try:
            context = await self._context(sock)
            reader, writer = await _streams(sock, context)
        except (OSError, ssl.SSLError, TimeoutError, UnusableCertificate) as error:
            self._note_refused(error, address)
            sock.close()
            return
        except asyncio.CancelledError:
            sock.close()
            raise
        task = asyncio.current_task()
        if task is not None:
            self._tasks[task] = reader
        mark, host = _fingerprint(writer), str(address[0])
        stream = Stream(
            intake=self.shared.intake,
            held=self.shared.held,
            identify=lambda raw: self.identify(raw, host, mark),
            peer=shown(address),
            reader=reader,
            writer=writer,
            is_gelf=self.is_gelf(),
            is_closing=lambda: self._is_closing,
        )
        try:
            await stream.serve()
        finally:
            writer.close()

    async def _context(self, sock: socket.socket) -> ssl.SSLContext | None:
        """None: plain TCP. UnusableCertificate when it must be TLS, and is not or cannot be."""
        first = await _peek(sock)
        if first[: len(HELLO)] == HELLO and self.shared.tls is not None:
            return self.shared.tls.context
        if self.shared.is_public:
            raise UnusableCertificate("plain text is not taken on a public port")
        return None

    def _note_refused(self, error: Exception, address: tuple[Any, ...]) -> None:
        self.shared.intake.counts.add("refused", label=_REASONS.get(type(error), "tls"))
        if isinstance(error, ssl.SSLError):
            line = f"TLS: {error.reason or error}".encode()
            self.shared.intake.note_stranger(line, address=str(address[0]), reason="unknown_sender")


_REASONS: dict[type[Exception], str] = {
    UnusableCertificate: "plain_on_public",
    TimeoutError: "tls_too_slow",
    ConnectionAbortedError: "tls_too_slow",
}


async def _peek(sock: socket.socket) -> bytes:
    """The first bytes, left in place; b"" when the sender went away. Waits as long as it takes."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    while True:
        with contextlib.suppress(BlockingIOError):
            return sock.recv(len(HELLO), socket.MSG_PEEK)
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(sock, _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(sock)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def _streams(
    sock: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=READ_BYTES, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    handshake = HANDSHAKE_S if context is not None else None
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, sock, ssl=context, ssl_handshake_timeout=handshake
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _fingerprint(writer: asyncio.StreamWriter) -> str:
    tls = writer.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return fingerprint(certificate) if certificate else ""


class _Gathered(asyncio.DatagramProtocol):
    """Gathers datagrams for a moment: one submission each would cost more than the datagram."""

    def __init__(self, take: Callable[[list[tuple[bytes, tuple[Any, ...]]]], None]) -> None:
        self._take = take
        self._pending: list[tuple[bytes, tuple[Any, ...]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._pending.append((data, addr))
        if len(self._pending) >= _DATAGRAMS:
            self._flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_DATAGRAM_WAIT_S, self._flush)

    def connection_lost(self, exc: Exception | None) -> None:
        self._flush()

    def error_received(self, exc: Exception) -> None:
        logger.debug("udp: %s", exc)  # e.g. a port unreachable that somebody sent us

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pending, self._pending = self._pending, []
        if pending:
            self._take(pending)
