"""mDNS: what devices say of themselves to everybody (names, services, model), from answers alone.

Hostile messages end early: a pointer must lead backwards, a name has 255 bytes at most, a message
as many labels and records as an honest one may have.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.word import Word, address_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_A, _PTR, _TXT, _AAAA, _SRV = 1, 12, 16, 28, 33
_MOST_RECORDS, _MOST_LABELS, _LONGEST_NAME, _MOST_SERVICES = 64, 600, 255, 12
_ANSWER = 0x8000
# TXT keys that say what a device is → the fact; the first that is said counts.
_TOLD = {
    "model": "model", "am": "model", "md": "model", "ty": "model", "product": "model",
    "rpmd": "model", "usb_mdl": "model", "mfg": "maker_said", "usb_mfg": "maker_said",
    "osxvers": "osxvers",
}  # fmt: skip


class Broken(ValueError):
    """No message, or one made to hurt."""


@dataclass(slots=True)
class _Message:
    raw: bytes
    at: int = 12
    labels: int = 0
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def name(self) -> tuple[str, ...]:
        """The name here; the place moves behind it."""
        found, self.at = self._labels(self.at)
        return found

    def _labels(self, at: int) -> tuple[tuple[str, ...], int]:
        labels: list[str] = []
        end, lowest, size = -1, at, 0
        while True:
            self.labels += 1
            if at >= len(self.raw) or self.labels > _MOST_LABELS or size > _LONGEST_NAME:
                raise Broken
            length = self.raw[at]
            if length == 0:
                return tuple(labels), at + 1 if end < 0 else end
            if length >= 0xC0:
                if at + 1 >= len(self.raw):
                    raise Broken
                target = struct.unpack_from(">H", self.raw, at)[0] & 0x3FFF
                end = at + 2 if end < 0 else end
                if target >= lowest:
                    raise Broken
                at = lowest = target
                continue
            if length > 63 or at + 1 + length > len(self.raw):
                raise Broken
            labels.append(text(self.raw[at + 1 : at + 1 + length]))
            size += length + 1
            at += length + 1


@dataclass(slots=True)
class _Said:
    hosts: dict[str, set[str]] = field(default_factory=dict)  # address → names
    services: dict[str, None] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def read(payload: bytes, *, sender_mac: str, sender: str) -> Iterator[Word]:
    """The sender's word about itself. What it says of other addresses is not believed."""
    try:
        said = _read(payload)
    except (Broken, struct.error):
        return
    if said is None or (said.hosts and sender not in said.hosts):
        return
    names = tuple(sorted(said.hosts.get(sender, ())))[:2]
    yield Word(
        by="mdns",
        mac=sender_mac,
        address=sender,
        names=names,
        facts=said.facts,
        services=tuple(said.services)[:_MOST_SERVICES],
    )


def _read(payload: bytes) -> _Said | None:
    if len(payload) < 12:
        raise Broken
    _, flags, asked, *counts = struct.unpack_from(">6H", payload)
    if not flags & _ANSWER:
        return None
    message, said = _Message(payload), _Said()
    for _ in range(min(asked, _MOST_RECORDS)):
        message.name()
        message.at += 4
    for _ in range(min(sum(counts), _MOST_RECORDS)):
        _record(message, said)
    return said


def _record(message: _Message, said: _Said) -> None:
    owner = message.name()
    kind, _, _, length = struct.unpack_from(">HHIH", message.raw, message.at)
    start = message.at + 10
    message.at = start + length
    if message.at > len(message.raw):
        raise Broken
    body = message.raw[start : message.at]
    if kind in (_A, _AAAA) and owner:
        if address := address_of(body):
            said.hosts.setdefault(address, set()).add(owner[0])
    elif kind in (_PTR, _SRV):
        _service(owner, said)
    elif kind == _TXT:
        _service(owner, said)
        _told(body, said)


def _service(owner: tuple[str, ...], said: _Said) -> None:
    """`_ipp._tcp.local` and `Printer._ipp._tcp.local` → `_ipp`."""
    for at, label in enumerate(owner[:-1]):
        if label.startswith("_") and owner[at + 1] in ("_tcp", "_udp"):
            if label != "_dns-sd" and len(said.services) < _MOST_SERVICES:
                said.services[label[:40]] = None
            return


def _told(body: bytes, said: _Said) -> None:
    at = 0
    while at < len(body):
        pair = body[at + 1 : at + 1 + body[at]]
        at += 1 + body[at]
        key, _, value = pair.partition(b"=")
        fact = _TOLD.get(text(key).lower())
        if fact and (shown := text(value)):
            said.facts.setdefault(fact, shown)
