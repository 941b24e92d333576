"""Syslog over UDP and TCP: the shared listener, and one port of its own per source.

TCP waits (and stops reading) while the disk or the source's rate says no. UDP cannot wait: what
cannot be taken is counted as dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hinomi.collect.commit import QueueFull, Stopping
from hinomi.collect.framing import StreamFramer, frame_datagram
from hinomi.collect.intake import TooFast
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.collect.framing import Frame
    from hinomi.collect.intake import Intake
    from hinomi.core.directory import Source

    Identify = Callable[[bytes, str], Source | None]  # raw, peer address → whose

_READ_BYTES = 64 * 1024
_BUFFER_BYTES = 8 * 1024 * 1024
_SO_RCVBUFFORCE = 33  # Linux, root only: goes past net.core.rmem_max
_DATAGRAM_WAIT_S = 0.002
_DATAGRAMS = 1_000
_PATIENCE_S = 0.2
_CLOSE_S = 5.0
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SyslogPort:
    """One port number, UDP and TCP together. `identify` decides per record whose it is."""

    intake: Intake
    identify: Identify
    host: str
    port: int
    _server: asyncio.Server | None = None
    _datagrams: asyncio.DatagramTransport | None = None
    _tasks: dict[asyncio.Task[None], asyncio.StreamReader] = field(default_factory=dict)
    _is_closing: bool = False

    async def open(self) -> None:
        """Bind both; with port 0 any number that is free for both. OSError when it is not."""
        udp, tcp = _bind_pair(self.host, self.port)
        self.port = tcp.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, sock=tcp, limit=_READ_BYTES)
        self._datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)

    async def close(self) -> None:
        """Stop listening; what was read so far is handed in, half frames included."""
        self._is_closing = True
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)  # datagrams that are in the loop already
        if self._datagrams is not None:
            self._datagrams.close()
        tasks = list(self._tasks)
        for reader in self._tasks.values():
            reader.feed_eof()  # they hand in what they have read, then end
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_CLOSE_S)
            for task in late:
                task.cancel()

    def take_datagrams(self, datagrams: Sequence[tuple[bytes, tuple[Any, ...]]]) -> None:
        """Hand in what arrived within a moment; nobody can be asked to wait."""
        groups: dict[tuple[str, str], tuple[Source, list[Frame]]] = {}
        for datagram, address in datagrams:
            frame = frame_datagram(datagram, cap=self.intake.limits.frame_bytes)
            if frame is None:
                continue
            source = self._whose(frame.raw, address)
            if source is not None:
                group = groups.setdefault((source.id, _shown(address)), (source, []))
                group[1].append(frame)
        for (_, peer), (source, frames) in groups.items():
            self._take_or_drop(frames, source=source, peer=peer)

    def _take_or_drop(self, frames: list[Frame], *, source: Source, peer: str) -> None:
        try:
            done = self.intake.take(frames, source=source, peer=peer)
        except (TooFast, QueueFull, Stopping) as error:
            self._drop(len(frames), error)
            return
        done.add_done_callback(lambda future: self._note_loss(future, len(frames)))

    def _note_loss(self, done: asyncio.Future[bytes], count: int) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._drop(count, error)

    def _drop(self, count: int, error: BaseException) -> None:
        self.intake.counts.add("dropped", count, label=type(error).__name__)

    def _whose(self, raw: bytes, address: tuple[Any, ...]) -> Source | None:
        source = self.identify(raw, str(address[0]))
        if source is None:
            self.intake.note_stranger(raw, address=str(address[0]), reason="unknown_sender")
        return source

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._is_closing or len(self._tasks) >= self.intake.limits.connections:
            writer.close()
            return
        self._tasks[task] = reader
        address = writer.get_extra_info("peername") or ("", 0)
        try:
            await self._read_frames(reader, address)
        finally:
            self._tasks.pop(task, None)
            writer.close()

    async def _read_frames(self, reader: asyncio.StreamReader, address: tuple[Any, ...]) -> None:
        framer = StreamFramer(cap=self.intake.limits.frame_bytes)
        try:
            while data := await reader.read(_READ_BYTES):
                await self._keep(framer.feed(data), address)
        except ConnectionError:
            pass  # cut connections are everyday; what they brought is kept below
        await self._keep(framer.close(), address)

    async def _keep(self, frames: Sequence[Frame], address: tuple[Any, ...]) -> None:
        """Returns when the frames are durable; until then the connection is not read."""
        groups: dict[str, tuple[Source, list[Frame]]] = {}
        for frame in frames:
            source = self._whose(frame.raw, address)
            if source is not None:
                groups.setdefault(source.id, (source, []))[1].append(frame)
        for source, group in groups.values():
            await self._keep_group(group, source=source, peer=_shown(address))

    async def _keep_group(self, frames: list[Frame], *, source: Source, peer: str) -> None:
        while True:
            try:
                await asyncio.shield(self.intake.take(frames, source=source, peer=peer))
                return
            except (HinomiError, OSError) as error:
                if self._is_closing:
                    self._drop(len(frames), error)
                    return
                await asyncio.sleep(getattr(error, "wait_s", 0.0) or _PATIENCE_S)


class _Datagrams(asyncio.DatagramProtocol):
    """Gathers datagrams for a moment: one submission each would cost more than the datagram."""

    def __init__(self, port: SyslogPort) -> None:
        self._port = port
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
            self._port.take_datagrams(pending)


def _bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """(UDP, TCP) on one number. With port 0 a few numbers are tried: UDP may be taken."""
    for attempt in range(20 if port == 0 else 1):
        tcp = _bind(socket.SOCK_STREAM, host, port)
        try:
            udp = _bind(socket.SOCK_DGRAM, host, tcp.getsockname()[1])
        except OSError:
            tcp.close()
            if port or attempt == 19:
                raise
            continue
        return udp, tcp
    raise AssertionError("unreachable")


def _bind(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _widen(sock)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _widen(sock: socket.socket) -> None:
    """A burst must fit the kernel's buffer while we commit; the kernel may grant less."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            return


def _shown(address: tuple[Any, ...]) -> str:
    host, port = str(address[0]), address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
