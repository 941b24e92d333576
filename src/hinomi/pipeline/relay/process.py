"""The relay process: ears into the spool, the spool to the tower, and a page for who is there.

Two threads talk to the tower: one brings records, one asks each four seconds what to listen to, so
that a relay whose token was revoked falls silent within five.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, StartRefused
from hinomi.core.signals import Goodbye
from hinomi.pipeline.relay.discovery.ear import Ear
from hinomi.pipeline.relay.discovery.telling import SETTLE_S
from hinomi.pipeline.relay.hearing import Ears, HearingSpool, strangers_of, uptime_clock
from hinomi.pipeline.relay.place import (
    Listening,
    enrolled,
    keep_listening,
    listening,
    tell_ready,
)
from hinomi.pipeline.relay.sending import Line, Sender, microseconds, strange_lines
from hinomi.pipeline.relay.status import StatusPage
from hinomi.pipeline.relay.telling import State, answered_try, goodbye, heartbeat
from hinomi.pipeline.relay.tower import Busy, Refused, Tower
from hinomi.store.uplink import Backoff

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hinomi.core.clock import Clock

_ASK_S = 4.0
_MOST_ASK_S = 30.0
_HEARTBEAT_S = 60.0
_GATHER_S = 0.2  # between a record and the request that brings it: others may come along
_LAST_WORDS_S = 3.0
_STRANGERS = 20  # addresses shown
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Ports 0: any free one; `status_port` None: no page."""

    data: Path
    clock: Clock
    host: str = "0.0.0.0"  # noqa: S104 - the devices of a LAN must reach it
    port: int = 5514
    status_host: str = "0.0.0.0"  # noqa: S104 - so must a person's browser
    status_port: int | None = 8480
    spool_bytes: int = 1024**3
    ask_s: float = _ASK_S
    heartbeat_s: float = _HEARTBEAT_S
    settle_s: float = SETTLE_S


class RelayProcess:
    """One run. Make and use inside a running loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._clock = settings, settings.clock
        self._place = enrolled(settings.data)
        self._listening = listening(settings.data) or Listening(self._place.relay, "")
        self._spool = HearingSpool(settings.data, limit_bytes=settings.spool_bytes)
        self._ears = Ears(self._spool, self._clock, settings.host, settings.port, self._disk)
        self._ear = Ear(settings.data, lambda: self._clock.now().timestamp(), settings.settle_s)
        self._spool.hear_flows = self._ear.hear_flows
        self._line = Line()
        self._bringing = Tower(self._place, self._now_us)
        self._asking = Tower(self._place, self._now_us)
        self._sender = Sender(self._spool, self._bringing.bring, self._clock, self._line)
        self._uptime_s = uptime_clock()
        self._strangers: dict[str, datetime] = {}
        self._strange: list[tuple[str, datetime, bytes]] = []
        self._fresh: Listening | None = self._listening
        self._page: StatusPage | None = None
        self._ending = threading.Event()
        self._is_back = threading.Event()  # the tower answers again: do not wait for the pause
        self._threads = [
            threading.Thread(target=act, name=name, daemon=True)
            for name, act in (("bring", self._bring), ("ask", self._ask))
        ]

    async def start(self) -> dict[str, object]:
        """Listen, open the page, begin to talk; returns {"syslog", "status"}."""
        await self._follow()
        if self._may_listen():
            await self._open()
        if self._settings.status_port is not None:
            self._page = StatusPage(
                self._settings.status_host, self._settings.status_port, self.state
            )
        for thread in self._threads:
            thread.start()
        status = self._page.address if self._page else ""
        return {"syslog": f"{self._settings.host}:{self._ears.port}", "status": status}

    async def tick(self) -> None:
        """Once a second."""
        await self._follow()
        await self._ears.look()
        if source := self._listening.discovery:
            self._ears.take_own(self._ear.due(), source_id=source.id)
        strange = strangers_of(self._ears)
        for address, at, _ in strange:
            self._strangers.pop(address, None)
            self._strangers[address] = at
        while len(self._strangers) > _STRANGERS:
            del self._strangers[next(iter(self._strangers))]
        self._strange = [*self._strange, *strange][-1_000:]

    async def stop(self, reason: Goodbye) -> None:
        """Take no more, bring what can be brought at once, say goodbye."""
        await asyncio.to_thread(self._ear.close)
        await self._ears.end()
        self._ending.set()
        self._is_back.set()
        self._spool.arrived.set()
        await asyncio.to_thread(self._last_words, reason)
        if self._page is not None:
            self._page.close()
        self._spool.close()

    def state(self) -> State:
        """For the page and the minute's record; from any thread."""
        return State(
            now=self._clock.now(),
            listening=self._listening,
            spool=self._spool.state(),
            spool_limit_bytes=self._settings.spool_bytes,
            line=self._line,
            heard=dict(self._spool.heard),
            strangers=dict(self._strangers),
            shared_port=self._ears.port,
            uptime_s=self._uptime_s(),
            clock_offset_s=self._asking.offset_s,
            udp_overflow=int(self._ears.counts.total("udp_overflow")),
            is_open=self._ears.is_open,
            warnings=tuple(self._ears.warnings()),
            discovery=self._ear.state(),
        )

    async def _follow(self) -> None:
        """What the asking thread learned."""
        fresh, self._fresh = self._fresh, None
        if fresh is not None:
            self._listening = fresh
            await self._ears.know(fresh)
        if not self._may_listen() and self._ears.is_open:
            logger.warning("stopped by the provider, or without consent: it listens no more")
            await self._ears.close()
        elif self._may_listen() and not self._ears.is_open and self._threads[0].is_alive():
            await self._open()
        await self._follow_discovery()

    async def _follow_discovery(self) -> None:
        """The ear is open exactly while the company agrees to it; what it heard goes with that."""
        is_wanted = self._may_listen() and self._listening.discovery is not None
        if is_wanted is self._ear.is_open:
            return
        if is_wanted:
            await asyncio.to_thread(self._ear.open)
        else:
            await asyncio.to_thread(self._ear.close if self._line.is_refused else self._ear.forget)

    def _may_listen(self) -> bool:
        return not self._line.is_refused and not self._listening.awaits_consent

    async def _open(self) -> None:
        try:
            await self._ears.open()
        except OSError as error:
            raise StartRefused(
                f"port {self._settings.host}:{self._ears.port} cannot be opened:"
                f" {error.strerror or error}.",
                advice="Choose another --port, or stop what uses it.",
            ) from error

    # --- threads that talk to the tower

    def _bring(self) -> None:
        while not self._ending.is_set():
            wait_s = self._step()
            if not wait_s:
                continue
            self._spool.arrived.clear()
            if self._line.trouble:  # records that come do not shorten a pause
                self._is_back.wait(wait_s)
                self._is_back.clear()
            elif self._spool.arrived.wait(wait_s):
                self._ending.wait(_GATHER_S)

    def _step(self) -> float:
        try:
            return self._sender.step()
        except Exception:
            logger.exception("a batch could not be sent")
            return self._sender.backoff.next_s()

    def _ask(self) -> None:
        backoff, was_cut = Backoff(), False
        beat_at = time.monotonic() + min(self._settings.heartbeat_s, _GATHER_S)
        while not self._ending.is_set():
            wait_s = self._settings.ask_s
            try:
                self._ask_once()
                if was_cut:
                    self._is_back.set()
                was_cut = False
                if time.monotonic() >= beat_at:
                    beat_at = time.monotonic() + self._settings.heartbeat_s
                    self._beat()
                backoff.reset()
            except Refused as error:
                self._line.is_refused = True
                self._note_trouble(error)
            except Busy as error:
                wait_s = backoff.next_s(at_least=error.wait_s)
            except HinomiError as error:
                was_cut = True
                self._note_trouble(error)
                wait_s = max(wait_s, min(backoff.next_s(), _MOST_ASK_S))
            except Exception:
                logger.exception("the tower could not be asked")
            self._ending.wait(wait_s)

    def _ask_once(self) -> None:
        found = self._asking.listening(mark=self._listening.mark)
        self._line.note_contact(by="ask")
        if found is not None and found.relay == self._place.relay:
            own = found.discovery
            for source, name in (
                (found.relay, found.awaited_try),
                (own.id if own else "", own.awaited_try if own else ""),
            ):
                if name:
                    self._asking.bring(answered_try(source, name, now=self._clock.now()))
            keep_listening(self._settings.data, found)
            self._fresh = found

    def _note_trouble(self, error: HinomiError) -> None:
        self._line.note_trouble(error.message, at=self._clock.now(), by="ask")

    def _beat(self) -> None:
        strange, self._strange = self._strange, []
        if self._listening.awaits_consent:
            return
        self._asking.bring(heartbeat(self.state()) + strange_lines(strange))

    def _last_words(self, reason: Goodbye) -> None:
        """What waits, for a few seconds; the rest is brought after the next start."""
        until = time.monotonic() + _LAST_WORDS_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads) or self._line.trouble:
            return
        try:
            while time.monotonic() < until and not self._sender.step():
                pass
            said = goodbye(self._place.relay, reason, now=self._clock.now())
            self._asking.bring(said)
        except HinomiError as error:
            logger.info("no goodbye: %s", error.message)
        finally:
            self._asking.close()
            self._bringing.close()

    def _now_us(self) -> int:
        return microseconds(self._clock.now())

    def _disk(self) -> tuple[int, int]:
        usage = shutil.disk_usage(self._settings.data)
        return usage.free, usage.total


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    process = RelayProcess(settings)
    try:
        tell_ready(settings.data, await process.start())
        while not stop.is_set():
            await process.tick()
            await _wait(stop, 1.0)
    finally:
        await process.stop(_why_we_stop())


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _why_we_stop() -> Goodbye:
    """Off when the machine goes down; a restart of the service is none."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return Goodbye.RESTART
    try:
        said = subprocess.run(
            [systemctl, "is-system-running"], capture_output=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Goodbye.RESTART
    return Goodbye.OFF if said.stdout.strip() == b"stopping" else Goodbye.RESTART
