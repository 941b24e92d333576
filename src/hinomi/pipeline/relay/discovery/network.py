"""The networks this machine is on, its routers and its neighbours, as the kernel tells them."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.word import Word, mac_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NEIGHBOUR = "neighbour"
_FLAGS, _ADDRESS, _MASK, _MAC = 0x8913, 0x8915, 0x891B, 0x8927
_UP, _BROADCAST, _NO_ARP = 0x1, 0x2, 0x80
_COMPLETE = 0x2
_MOST_NEIGHBOURS = 2_000


@dataclass(frozen=True, slots=True)
class Interface:
    """One that is up and speaks to neighbours. `network` is its IPv4 network."""

    name: str
    mac: str
    address: str
    network: ipaddress.IPv4Network


def interfaces() -> list[Interface]:
    """Those with an IPv4 address, without loopback, tunnels and what is down."""
    found = []
    with socket.socket(type=socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            with suppress(OSError, ValueError):
                found.append(_interface(asked, name))
    return [each for each in found if each is not None]


def neighbours(told: str) -> Iterator[Word]:
    """Of the text of /proc/net/arp: who answered this machine itself."""
    for line in told.splitlines()[1:_MOST_NEIGHBOURS]:
        parts = line.split()
        with suppress(ValueError, IndexError):
            if int(parts[2], 16) & _COMPLETE and (
                mac := mac_of(bytes.fromhex(parts[3].replace(":", "")))
            ):
                yield Word(by=NEIGHBOUR, mac=mac, address=str(ipaddress.ip_address(parts[0])))


def gateways(told: str) -> tuple[str, ...]:
    """Of the text of /proc/net/route: the default routes' routers."""
    found = []
    for line in told.splitlines()[1:]:
        parts = line.split()
        if len(parts) > 7 and parts[1] == "00000000" and parts[2] != "00000000":
            with suppress(ValueError):
                found.append(str(ipaddress.ip_address(struct.pack("<I", int(parts[2], 16)))))
    return tuple(dict.fromkeys(found))


def is_taken(port: int) -> bool:
    """Whether a program of this machine has the UDP port: its unicast must stay its own."""
    for table in ("udp", "udp6"):
        with suppress(OSError, ValueError, IndexError):
            for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
                if int(line.split()[1].rpartition(":")[2], 16) == port:
                    return True
    return False


def read_proc(name: str) -> str:
    """A table of the kernel's; "" where there is none."""
    try:
        return (Path("/proc/net") / name).read_text()
    except OSError:
        return ""


def _interface(asked: socket.socket, name: str) -> Interface | None:
    request = struct.pack("256s", name.encode()[:15])

    def of(number: int) -> bytes:
        return fcntl.ioctl(asked.fileno(), number, request)

    flags = struct.unpack_from("H", of(_FLAGS), 16)[0]
    if not flags & _UP or not flags & _BROADCAST or flags & _NO_ARP:
        return None
    address, mask = (socket.inet_ntoa(of(number)[20:24]) for number in (_ADDRESS, _MASK))
    network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
    return Interface(name, of(_MAC)[18:24].hex(), address, network)
