"""The collect process: joins the listeners to the log, the directory and the unknown senders.

Started by `hinomi up`. Writes DATA/run/collect.json when it is ready; SIGTERM drains and ends it.
Loads no pyarrow, duckdb or detect: it has to live in 90 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import resource
import shutil
import signal
import socket
import ssl
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from hinomi.collect.commit import Committer
from hinomi.collect.connection import GuardedProtocol
from hinomi.collect.counts import Counts
from hinomi.collect.http import Health, IngestApp
from hinomi.collect.intake import Intake
from hinomi.collect.limits import Limits
from hinomi.collect.listeners import Listeners
from hinomi.collect.rate import Rates
from hinomi.collect.tls import ServerTls
from hinomi.collect.udp_drops import dropped
from hinomi.config import load_config
from hinomi.core import crash
from hinomi.core.errors import HinomiError, StartRefused, StoreDamaged
from hinomi.normalise.serials import find_name, find_serial
from hinomi.pipeline.collect_address import is_loopback, shown_address
from hinomi.pipeline.collect_memory import acquainted_file, template_file
from hinomi.pipeline.mail.post import Post, PostSettings, add_arguments, post_settings
from hinomi.pipeline.polls.office import Office
from hinomi.pipeline.retiring import retire_consumed
from hinomi.store.directory import open_directory
from hinomi.store.log import open_writer
from hinomi.store.sqlite import DatabaseError
from hinomi.store.unknown import UnknownLine, UnknownStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from hinomi.core.clock import Clock
    from hinomi.core.directory import Directory

_RETIRE_EVERY_S = 600.0
_STOP_S = 5
_GC_THRESHOLDS = (50_000, 20, 100)
_SWITCH_S = 0.0005
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was started with. Port 0: any free one; `syslog_port` None: no shared one.

    `is_private`: the shared listener is a relay, VPN or LAN, so that peer addresses identify.
    """

    data: Path
    clock: Clock
    host: str = "127.0.0.1"
    ingest_port: int = 8421
    syslog_host: str = "127.0.0.1"
    syslog_port: int | None = 5514
    is_private: bool = False
    certificate: Path | None = None
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)
    post: PostSettings = field(default_factory=PostSettings)
    polls_through: str = ""


class CollectProcess:
    """One run, from `start` to `stop`, inside one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        data, limits = settings.data, settings.limits
        self._log = open_writer(data / "log", now=settings.clock.now)
        self._directory = open_directory(data)
        self._unknown = UnknownStore(data)
        self.counts = Counts()
        committer = Committer(self._log, limits=limits, counts=self.counts, disk=self._free)
        rates = Rates(rate=limits.source_rate, burst=limits.source_burst)
        self.intake = Intake(
            committer, rates, limits, self.counts, settings.clock, find_serial, find_name
        )
        self._tls = _server_tls(settings)
        self.listeners = Listeners(
            self.intake, host=settings.syslog_host, is_private=settings.is_private, tls=self._tls
        )
        self._post = Post(settings.post, data, settings.clock, committer, self.counts)
        self._office = Office(settings.polls_through, data, settings.clock, committer, self.counts)
        self._memories = (
            template_file(data / "run", self.listeners.flows),
            acquainted_file(data / "run", self.intake.acquainted),
        )
        for memory in self._memories:
            memory.load()
        self._directory_trouble = ""
        self._udp_before = 0
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._rounds: list[asyncio.Task[None]] = []

    async def start(self) -> dict[str, str]:
        """Open everything; returns {"ingest": URL, "syslog": "host:port" or "", "smtp"}."""
        await self._follow_directory()
        syslog = ""
        if self._settings.syslog_port is not None:
            port = await self._open_shared(self._settings.syslog_port)
            syslog = shown_address(self._settings.syslog_host, port)
        ingest, smtp = await self._open_http(), await self._post.start()
        self._rounds = [
            asyncio.create_task(self._every(self._settings.limits.poll_s, self._tick)),
            asyncio.create_task(self._every(_RETIRE_EVERY_S, self._retire)),
        ]
        return {"ingest": ingest, "syslog": syslog, "smtp": smtp}

    async def wait(self, stop: asyncio.Event) -> None:
        """Until `stop`. An HTTP listener that ends by itself is an error: we are restarted then."""
        stopping = asyncio.create_task(stop.wait())
        awaited = {stopping} | ({self._serving} if self._serving else set())
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            stopping.cancel()
            raise StartRefused("the HTTP listener ended unexpectedly; see the messages above.")

    async def stop(self) -> None:
        """Take no more, make durable what was taken, release the files."""
        for round_ in self._rounds:
            round_.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        await self.listeners.close()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)
        await self._office.stop()
        await self._post.stop()
        await self.intake.committer.close()
        self._keep_strangers()
        self._unknown.close()
        self._directory.close()
        self._log.close()

    async def _open_shared(self, port: int) -> int:
        try:
            return await self.listeners.open_shared(port)
        except OSError as error:
            raise StartRefused(
                f"syslog port {self._settings.syslog_host}:{port} cannot be opened:"
                f" {error.strerror or error}.",
                advice="Choose another --syslog-port, or stop what uses it.",
            ) from error

    async def _open_http(self) -> str:
        settings = self._settings
        listening = _listen(settings.host, settings.ingest_port)
        app = IngestApp(self.intake, Health(self._problems, self._warnings))
        config = _uvicorn_config(app, settings)
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.005)
        if self._tls is not None and isinstance(config.ssl, ssl.SSLContext):
            self._tls.keep_fresh(config.ssl)
        scheme = "https" if settings.certificate else "http"
        shown = shown_address(settings.host, listening.getsockname()[1])
        return f"{scheme}://{shown}/ingest/v1/events"

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """A round that fails is logged and the next one comes: collect must not stop for it."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await act()
            except Exception:
                logger.exception("a round of housekeeping failed")

    async def _tick(self) -> None:
        await self._follow_directory()
        await asyncio.to_thread(self._keep_strangers)
        self.intake.rates.forget_idle()
        for memory in self._memories:
            memory.save()
        self._count_udp_overflow()

    async def _follow_directory(self) -> None:
        """Use a new generation within a second; trouble leaves the one before in use."""
        try:
            directory = await asyncio.to_thread(self._newer_directory)
            self._directory_trouble = ""
        except (StoreDamaged, DatabaseError) as error:
            self._directory_trouble = f"The directory cannot be read: {error}"
            return
        if directory is not None:
            self.intake.know(directory)
            await self._post.know(directory)
            await self._office.know(directory)
        await self.listeners.follow()

    def _newer_directory(self) -> Directory | None:
        if self._directory.generation() == self.intake.directory_generation:
            return None
        directory = self._directory.load()
        return directory if directory.generation != self.intake.directory_generation else None

    def _keep_strangers(self) -> None:
        lines = self.intake.strangers.take()
        if not lines:
            return
        kept = [UnknownLine(x.address, x.at, x.reason, x.line, x.relay) for x in lines]
        with suppress(DatabaseError):  # e.g. a full disk: these lines are a courtesy
            self._unknown.keep(kept, now=self._settings.clock.now())

    def _count_udp_overflow(self) -> None:
        total = 0
        for table in ("udp", "udp6"):
            with suppress(OSError):
                text = (Path("/proc/net") / table).read_text()
                total += dropped(text, ports=self.listeners.ports())
        self.counts.add("udp_overflow", max(0, total - self._udp_before))
        self._udp_before = total

    async def _retire(self) -> None:
        removed = await asyncio.to_thread(
            retire_consumed, self._settings.data, now=self._settings.clock.now()
        )
        if removed:
            logger.info("log segments deleted: %s", ", ".join(removed))

    def _free(self) -> tuple[int, int]:
        usage = shutil.disk_usage(self._settings.data)
        return usage.free, usage.total

    def _problems(self) -> list[str]:
        committer = self.intake.committer
        found = [each for each in (self._directory_trouble, committer.trouble) if each]
        if committer.is_disk_low:
            found.append("The data disk is nearly full: records are refused until there is room.")
        return found

    def _warnings(self) -> list[str]:
        return self.listeners.warnings()


def _server_tls(settings: Settings) -> ServerTls | None:
    if settings.certificate is None or settings.key is None:
        return None
    return ServerTls(certificate=settings.certificate, key=settings.key)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own, and an order of stopping."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone."""
        yield


def _uvicorn_config(app: IngestApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http=partial(GuardedProtocol, limits=settings.limits),  # type: ignore[arg-type]
        ws="none",
        interface="asgi3",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_STOP_S,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be named: asyncio sets TCP_NODELAY only then, which saves 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StartRefused(
            f"ingest port {host}:{port} cannot be opened: {error.strerror or error}.",
            advice="Choose another --ingest-port, or stop what uses it.",
        ) from error
    listening.setblocking(False)
    return listening


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then drain."""
    _allow_connections()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    process = CollectProcess(settings)
    try:
        endpoints = await process.start()
        _tell_ready(settings.data / "run" / "collect.json", endpoints)
        await process.wait(stop)
    finally:
        await process.stop()


def _allow_connections() -> None:
    """The system's default, 1,024 open files, is fewer than the senders of a middling town."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tell_ready(path: Path, endpoints: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({**endpoints, "pid": os.getpid()}))
    draft.replace(path)


def _settings(argv: Sequence[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m hinomi.pipeline.collect")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address of the HTTP listener")
    parser.add_argument("--ingest-port", type=int, default=8421, help="0: any free one")
    parser.add_argument("--syslog-host", default="127.0.0.1")
    parser.add_argument("--syslog-port", type=int, help="shared listener; none when not given")
    parser.add_argument(
        "--private-syslog",
        action="store_true",
        help="the shared listener is a relay, VPN or LAN: declared addresses identify there"
        " (always so on a loopback address)",
    )
    parser.add_argument("--certificate", type=Path, help="TLS for the HTTP listener")
    parser.add_argument("--key", type=Path)
    add_arguments(parser)
    parser.add_argument("--crash-at", help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    crash.arm(given.crash_at)
    config = load_config(data=given.data)
    return Settings(
        data=config.data,
        clock=config.clock,
        host=given.host,
        ingest_port=given.ingest_port,
        syslog_host=given.syslog_host,
        syslog_port=given.syslog_port,
        is_private=given.private_syslog or is_loopback(given.syslog_host),
        certificate=given.certificate,
        key=given.key,
        post=post_settings(given, config=config),
        polls_through=config.polls_through,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """The process; returns its exit code."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # Records are many, short-lived and without cycles: looking at them all the time cost 6 %.
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    # The loop must not wait 5 ms for each thread that unpacks a flood: a quiet company's median
    # answer beside one fell from 51 to 39 ms (`hinomi bench fair`, three runs each).
    sys.setswitchinterval(_SWITCH_S)
    try:
        asyncio.run(serve(_settings(argv)))
    except HinomiError as error:
        sys.stderr.write(f"collect: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
