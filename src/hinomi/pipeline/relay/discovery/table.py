"""The devices heard so far: one small bounded table that a flood of made-up senders cannot fill.

A device is its MAC address. One that made its MAC up (phones do, and change it) is its name, and
without a name it is only counted. A device that was heard once and has no name gives way first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hinomi.pipeline.relay.discovery.flows import BY as FLOWS
from hinomi.pipeline.relay.discovery.word import is_made_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.pipeline.relay.discovery.word import Word

MOST_DEVICES, MOST_TEMPORARY = 1_000, 500
MOST_ADDRESSES, MOST_NAMES, MOST_SERVICES = 4, 3, 12
_PASSING_S, _GONE_S = 600.0, 3_600.0
_ROOM = 50  # made at once, so that a flood does not sort the table for each of its senders
_TEMPORARY_FOR_S = 24 * 3600.0
_FORGET_S = 60 * 24 * 3600.0


class Device(msgspec.Struct):
    """Times are seconds since 1970. `told` is what the tower was told last, without the time."""

    mac: str
    first: float
    last: float
    addresses: list[str] = msgspec.field(default_factory=list)
    names: list[str] = msgspec.field(default_factory=list)
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    services: list[str] = msgspec.field(default_factory=list)
    heard_by: list[str] = msgspec.field(default_factory=list)
    told: str = ""
    told_at: float = 0.0

    @property
    def says_something(self) -> bool:
        """More than that it has an address."""
        return bool(self.names or self.services or self.facts)

    def gives_way(self, now: float) -> int:
        """0: it stays. 1: heard for a moment, an hour ago. 2: and it said nothing of itself."""
        if self.last - self.first >= _PASSING_S:
            return 0
        return 2 if not self.says_something else int(now - self.last > _GONE_S)


@dataclass(slots=True)
class Table:
    """`now` is seconds since 1970. `own`: the relay's own MACs, which are no news."""

    now: Callable[[], float]
    own: frozenset[str] = frozenset()
    devices: dict[str, Device] = field(default_factory=dict)
    temporary: dict[str, tuple[float, float, str]] = field(default_factory=dict)
    routers: dict[str, float] = field(default_factory=dict)
    beyond: int = 0  # devices there was no room for
    _by_address: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, device in self.devices.items():
            self._by_address.update(dict.fromkeys(device.addresses, key))

    def hear(self, word: Word) -> None:
        """Add what the word says."""
        for router in word.routers:
            self.note_router(router)
        if word.mac in self.own and word.mac:
            return
        key = self._key(word)
        if not key:
            if word.mac:
                self._note_temporary(word)
            return
        device = self.devices.get(key) or self._made(key, word)
        if device is not None:
            self._add(device, key, word)

    def at(self, address: str) -> Device | None:
        """The device that has this address now."""
        return self.devices.get(self._by_address.get(address, ""))

    def forget_old(self) -> None:
        """What was not heard for long is gone."""
        now = self.now()
        for key in [k for k, each in self.devices.items() if now - each.last > _FORGET_S]:
            self._remove(key)
        for mac in [m for m, each in self.temporary.items() if now - each[1] > _TEMPORARY_FOR_S]:
            del self.temporary[mac]

    def _key(self, word: Word) -> str:
        if word.mac and not is_made_up(word.mac):
            return word.mac
        if word.names:
            if not word.mac and (known := self._by_address.get(word.address)):
                return known
            return f"name:{word.names[0].lower()}"
        known = self._by_address.get(word.address, "") if word.address else ""
        if word.by == FLOWS:
            return known or f"address:{word.address}"
        device = self.devices.get(known)
        if device is not None and (not word.mac or device.mac == word.mac):
            return known
        return self._of_made_up(word.mac)

    def _of_made_up(self, mac: str) -> str:
        """The named device that uses this made-up address now."""
        return self._by_address.get(f"mac:{mac}", "") if mac else ""

    def _made(self, key: str, word: Word) -> Device | None:
        if len(self.devices) >= MOST_DEVICES and not self._make_room():
            self.beyond += 1
            return None
        first = self.temporary.pop(word.mac, None)
        began = first[0] if first else self.now()
        device = self.devices[key] = Device(word.mac, began, began)
        if first and first[2]:
            self._place(device, key, first[2])
        return device

    def _make_room(self) -> bool:
        now = self.now()
        ranked = ((-each.gives_way(now), each.last, key) for key, each in self.devices.items())
        leaving = sorted(each for each in ranked if each[0])[:_ROOM]
        for _, _, key in leaving:
            self._remove(key)
        self.beyond += len(leaving)
        return bool(leaving)

    def _add(self, device: Device, key: str, word: Word) -> None:
        device.last = self.now()
        self.temporary.pop(word.mac, None)
        if word.mac and word.mac != device.mac:
            self._by_address.pop(f"mac:{device.mac}", None)
            device.mac = word.mac
        if is_made_up(device.mac):
            self._by_address[f"mac:{device.mac}"] = key
        self._place(device, key, word.address)
        _keep(device.names, word.names, most=MOST_NAMES)
        _keep(device.services, word.services, most=MOST_SERVICES)
        _keep(device.heard_by, (word.by,), most=8)
        device.facts.update(word.facts)

    def _place(self, device: Device, key: str, address: str) -> None:
        """An address is one device's: the newest's."""
        if not address or device.addresses[-1:] == [address]:
            return
        before = self.devices.get(self._by_address.get(address, ""))
        if before is not None and before is not device:
            if device.mac and not before.mac:
                self._absorb(device, before, self._by_address[address])
            elif address in before.addresses:
                before.addresses.remove(address)
        if address in device.addresses:
            device.addresses.remove(address)
        device.addresses.append(address)
        self._by_address[address] = key
        for gone in device.addresses[:-MOST_ADDRESSES]:
            if self._by_address.get(gone) == key:
                del self._by_address[gone]
        del device.addresses[:-MOST_ADDRESSES]

    def _absorb(self, device: Device, nameplate: Device, key: str) -> None:
        """What was heard by name alone turns out to be this device."""
        device.first = min(device.first, nameplate.first)
        _keep(device.names, tuple(nameplate.names), most=MOST_NAMES)
        _keep(device.services, tuple(nameplate.services), most=MOST_SERVICES)
        _keep(device.heard_by, tuple(nameplate.heard_by), most=8)
        device.facts = nameplate.facts | device.facts
        self._remove(key)

    def _remove(self, key: str) -> None:
        device = self.devices.pop(key)
        for mark in (*device.addresses, f"mac:{device.mac}"):
            if self._by_address.get(mark) == key:
                del self._by_address[mark]

    def _note_temporary(self, word: Word) -> None:
        first = self.temporary.pop(word.mac, (self.now(), 0.0, ""))
        if len(self.temporary) >= MOST_TEMPORARY:
            del self.temporary[next(iter(self.temporary))]
        self.temporary[word.mac] = (first[0], self.now(), word.address or first[2])

    def note_router(self, address: str) -> None:
        """Somebody's way out of the network."""
        self.routers.pop(address, None)
        self.routers[address] = self.now()
        while len(self.routers) > 8:
            del self.routers[next(iter(self.routers))]


def _keep(held: list[str], said: tuple[str, ...], *, most: int) -> None:
    for each in said:
        if each and each not in held:
            held.append(each)
    del held[:-most]
