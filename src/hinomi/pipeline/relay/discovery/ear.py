"""The ear: one thread that hears while the company agreed, and the memory that survives a restart.

A flood costs little: after each packet there is a pause, and what does not fit the kernel drops.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hinomi.pipeline.relay.discovery import flows, frames, network
from hinomi.pipeline.relay.discovery.sockets import open_ears
from hinomi.pipeline.relay.discovery.table import Device, Table
from hinomi.pipeline.relay.discovery.telling import SETTLE_S, Teller

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hinomi.pipeline.relay.discovery.network import Interface
    from hinomi.pipeline.relay.discovery.sockets import Ears

FILE = "devices.json"
_AT_ONCE, _EACH_S = 20, 0.005
_LOOK_S, _SAVE_S = 30.0, 600.0
_OUTGOING = 4  # packet type of what this machine sends itself
_ETHERNET = 1
_LONGEST = 4_096
logger = logging.getLogger(__name__)


class _Kept(msgspec.Struct):
    devices: dict[str, Device]


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the ear does, for the page: devices, temporary addresses, what it cannot hear."""

    devices: int
    temporary: int
    cannot: tuple[str, ...]
    packets: int


@dataclass(slots=True)
class Ear:
    """`now` is seconds since 1970. Open and close as often as consent comes and goes."""

    folder: Path
    now: Callable[[], float]
    settle_s: float = SETTLE_S
    _table: Table = field(init=False)
    _teller: Teller = field(init=False)
    _ears: Ears | None = None
    _interfaces: list[Interface] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _packets: int = 0
    _looked_at: float = 0.0
    _saved_at: float = 0.0

    def __post_init__(self) -> None:
        self._begin({})

    @property
    def is_open(self) -> bool:
        """Whether it hears."""
        return self._ears is not None

    def open(self) -> None:
        """Hear from now on."""
        if self._ears is not None:
            return
        self._begin(_read(self.folder))
        self._interfaces = network.interfaces()
        self._ears = open_ears(self._interfaces)
        self._ending.clear()
        self._saved_at = self.now()
        self._look()
        self._thread = threading.Thread(target=self._hear, name="discover", daemon=True)
        self._thread.start()
        cannot = ", ".join(self._ears.cannot) or "nothing"
        logger.info("hearing the devices around; what cannot be heard: %s", cannot)

    def close(self) -> None:
        """Hear no more; what is known is kept for the next start."""
        if self._ears is None:
            return
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self._ears.close()
        self._ears = None
        self._save()

    def forget(self) -> None:
        """The company no longer agrees: nothing of what was heard stays here."""
        self.close()
        self._begin({})
        (self.folder / FILE).unlink(missing_ok=True)

    def due(self) -> list[bytes]:
        """Records for the tower; call once a second."""
        if self._ears is None:
            return []
        now = self.now()
        if now - self._saved_at >= _SAVE_S:
            self._save()
        with self._lock:
            self._table.forget_old()
            records = self._teller.due(self._table, now=now)
            about = (self._interfaces, self._ears.cannot)
            return [*self._teller.network(self._table, *about, now=now), *records]

    def hear_flows(self, records: Iterable[bytes]) -> None:
        """What a router says of devices beyond it; from any thread."""
        if self._ears is None:
            return
        near = [each.network for each in self._interfaces]
        with self._lock:
            for word in flows.read(records, near=near):
                self._table.hear(word)

    def state(self) -> Hearing | None:
        """None while it hears nothing."""
        ears = self._ears
        if ears is None:
            return None
        table = self._table
        return Hearing(len(table.devices), len(table.temporary), ears.cannot, self._packets)

    def _begin(self, devices: dict[str, Device]) -> None:
        self._table = Table(self.now, devices=devices)
        self._teller = Teller(self.settle_s)

    def _hear(self) -> None:
        """Until closed. No packet ends it."""
        while not self._ending.is_set() and self._ears is not None:
            try:
                ready, _, _ = select.select(self._ears.all(), [], [], 1.0)
                count = sum(self._take(each) for each in ready)
                if self.now() - self._looked_at >= _LOOK_S:
                    self._look()
                    self._ears.join(self._interfaces)
            except Exception:
                logger.exception("hearing the network")
                count = _AT_ONCE
            self._ending.wait(count * _EACH_S)

    def _take(self, ears: socket.socket) -> int:
        assert self._ears is not None
        port = self._ears.ports.get(ears)
        for count in range(_AT_ONCE):
            try:
                raw, peer = ears.recvfrom(_LONGEST)
            except (BlockingIOError, InterruptedError):
                return count
            except OSError:  # an interface went away
                return count
            self._packets += 1
            if port is None and (peer[2] == _OUTGOING or peer[3] != _ETHERNET):
                continue
            words = (
                frames.read(raw)
                if port is None
                else frames.READERS[port](raw, sender_mac="", sender=peer[0])
            )
            with self._lock:
                for word in words:
                    self._table.hear(word)
        return _AT_ONCE

    def _look(self) -> None:
        """The kernel's own tables, and networks that came or went."""
        self._looked_at = self.now()
        self._interfaces = network.interfaces()
        with self._lock:
            self._table.own = frozenset(each.mac for each in self._interfaces)
            for word in network.neighbours(network.read_proc("arp")):
                known = self._table.at(word.address)  # the kernel keeps who left: no sign of life
                if known is None or known.mac != word.mac:
                    self._table.hear(word)
            for router in network.gateways(network.read_proc("route")):
                self._table.note_router(router)

    def _save(self) -> None:
        self._saved_at = self.now()
        with self._lock:
            body = msgspec.json.encode(_Kept(self._table.devices))
        draft = self.folder / f"{FILE}.draft"
        with suppress(OSError):
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as file:
                file.write(body)
            draft.replace(self.folder / FILE)


def _read(folder: Path) -> dict[str, Device]:
    """Nothing when there is none, or it cannot be read: it is heard again."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=_Kept).devices
    except (OSError, msgspec.DecodeError):
        return {}
