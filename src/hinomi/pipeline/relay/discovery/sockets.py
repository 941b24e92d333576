"""The sockets of discovery. They only receive: joining a group tells the switch, nobody else.

With CAP_NET_RAW one packet socket hears whole frames, filtered in the kernel; without it the
broadcasts and multicasts that ordinary sockets may hear, each bound to the group's own address so
that no other program's unicast ever lands here.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery import network
from hinomi.pipeline.relay.discovery.frames import ARP, IPV4, IPV6, PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.pipeline.relay.discovery.network import Interface

MDNS, SSDP, MDNS6 = "224.0.0.251", "239.255.255.250", "ff02::fb"
_EVERYTHING = 3  # ETH_P_ALL
_ATTACH_FILTER = 26
_SNAP, _BUFFER = 4_096, 256 * 1024


@dataclass(slots=True)
class Ears:
    """What is open. `frames` is the packet socket; `ports`: socket → the UDP port it hears.
    `cannot` names what this machine may not hear: "arp", "dhcp", "netbios", "mdns", "ssdp"."""

    frames: socket.socket | None = None
    ports: dict[socket.socket, int] = field(default_factory=dict)
    cannot: tuple[str, ...] = ()
    _groups: list[socket.socket] = field(default_factory=list)
    _joined: set[tuple[str, str]] = field(default_factory=set)

    def all(self) -> list[socket.socket]:
        """To wait on."""
        return [*([self.frames] if self.frames else []), *self.ports]

    def join(self, interfaces: Iterable[Interface]) -> None:
        """The groups on these interfaces; said again it joins what is new."""
        for each in interfaces:
            for group, member in zip((MDNS, SSDP), self._groups, strict=False):
                if (each.address, group) not in self._joined:
                    with suppress(OSError):
                        words = socket.inet_aton(group) + socket.inet_aton(each.address)
                        member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, words)
                        self._joined.add((each.address, group))

    def close(self) -> None:
        """Hear no more."""
        for each in {*self.all(), *self._groups}:
            each.close()
        self.frames, self.ports = None, {}


def open_ears(interfaces: Sequence[Interface]) -> Ears:
    """As much as this process may hear."""
    ears = Ears()
    try:
        ears.frames = _packets()
        ears._groups = [socket.socket(type=socket.SOCK_DGRAM) for _ in (MDNS, SSDP)]
        _join_six(ears._groups)
    except (PermissionError, AttributeError, OSError):
        ears = _without_frames(interfaces)
    ears.join(interfaces)
    return ears


def _packets() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
    try:
        program = b"".join(struct.pack("HBBI", *each) for each in _filter())
        held = ctypes.create_string_buffer(program)
        words = struct.pack("HP", len(program) // 8, ctypes.addressof(held))
        made.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, words)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        made.setblocking(False)
        with suppress(BlockingIOError):  # what came before the filter is not ours to read
            for _ in range(1_000):
                made.recv(1)
    except OSError:
        made.close()
        raise
    return made


def _without_frames(interfaces: Sequence[Interface]) -> Ears:
    """The neighbours alone are known by the kernel's own table; ARP itself cannot be heard."""
    ears = Ears(cannot=("arp",))
    wanted = [("mdns", MDNS, 5353), ("ssdp", SSDP, 1900), ("dhcp", "255.255.255.255", 67)]
    broadcasts = [str(each.network.broadcast_address) for each in interfaces]
    wanted += [("netbios", each, port) for each in broadcasts for port in (137, 138)]
    taken = {port: port < 1024 and network.is_taken(port) for _, _, port in wanted}
    failed: dict[str, None] = {}
    for name, address, port in wanted:
        try:
            heard = None if taken[port] else _datagrams(address, port)
        except OSError:
            heard = None
        if heard is None:
            failed[name] = None
            continue
        ears.ports[heard] = port
        if name in ("mdns", "ssdp"):
            ears._groups.append(heard)
    if len(ears._groups) < 2:  # each group by its own socket, in the order that `join` expects
        ears._groups = []
        failed |= {"mdns": None, "ssdp": None}
    ears.cannot = ("arp", *failed)
    return ears


def _datagrams(address: str, port: int) -> socket.socket:
    made = socket.socket(type=socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        made.bind((address, port))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _join_six(groups: list[socket.socket]) -> None:
    with suppress(OSError):
        six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        groups.append(six)
        for number, _ in socket.if_nameindex():
            with suppress(OSError):
                words = socket.inet_pton(socket.AF_INET6, MDNS6) + struct.pack("@I", number)
                six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, words)


def _filter() -> list[tuple[int, int, int, int]]:
    """For the kernel: ARP, and UDP to the ports we read. (code, jump if true, if false, value)"""
    half, byte, equal, bits, index, at_index, end = 0x28, 0x30, 0x15, 0x45, 0xB1, 0x48, 0x06
    steps: list[tuple[int, object, object, int]] = [
        (half, 0, 0, 12),
        (equal, "accept", 0, ARP),
        (equal, "six", 0, IPV6),
        (equal, 0, "reject", IPV4),
        (byte, 0, 0, 23),
        (equal, 0, "reject", 17),
        (half, 0, 0, 20),
        (bits, "reject", 0, 0x1FFF),
        (index, 0, 0, 14),
        (at_index, 0, 0, 16),
        *((equal, "accept", 0, port) for port in PORTS[:-1]),
        (equal, "accept", "reject", PORTS[-1]),
    ]
    six = len(steps)
    steps += [(byte, 0, 0, 20), (equal, 0, "reject", 17), (half, 0, 0, 56)]
    steps += [(equal, "accept", "reject", 5353)]
    steps += [(end, 0, 0, _SNAP), (end, 0, 0, 0)]
    places = {"six": six, "accept": len(steps) - 2, "reject": len(steps) - 1}

    def jump(word: object, at: int) -> int:
        return places[word] - at - 1 if isinstance(word, str) else 0

    return [
        (code, jump(then, at), jump(other, at), value)
        for at, (code, then, other, value) in enumerate(steps)
    ]
