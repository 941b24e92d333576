"""Whole Ethernet frames: ARP, and the UDP broadcasts and multicasts by which devices speak."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery import dhcp, dns, netbios, ssdp
from hinomi.pipeline.relay.discovery.word import Word, address_of, mac_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[..., Iterator[Word]]

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
_UDP = 17
READERS: dict[int, Reader] = {
    67: dhcp.read,
    68: dhcp.read,
    137: netbios.names,
    138: netbios.announcements,
    1900: ssdp.read,
    5353: dns.read,
}
PORTS = tuple(READERS)


def read(frame: bytes) -> Iterator[Word]:
    """The words of one frame; whatever is broken says nothing."""
    if len(frame) < 34:
        return
    sender_mac, kind = mac_of(frame[6:12]), struct.unpack_from(">H", frame, 12)[0]
    if kind == ARP:
        yield from _arp(frame[14:])
    elif kind == IPV4:
        yield from _ipv4(frame[14:], sender_mac)
    elif kind == IPV6:
        yield from _ipv6(frame[14:], sender_mac)


def _arp(body: bytes) -> Iterator[Word]:
    """The sender's side alone: whom it looks for need not exist."""
    if len(body) >= 28 and body[:6] == b"\0\1\x08\0\6\4":
        mac, address = mac_of(body[8:14]), address_of(body[14:18])
        if mac and address:
            yield Word(by="arp", mac=mac, address=address)


def _ipv4(packet: bytes, sender_mac: str) -> Iterator[Word]:
    head = (packet[0] & 0xF) * 4
    is_part = struct.unpack_from(">H", packet, 6)[0] & 0x3FFF
    if packet[0] >> 4 != 4 or head < 20 or packet[9] != _UDP or is_part:
        return
    yield from _udp(packet[head:], sender_mac, address_of(packet[12:16]))


def _ipv6(packet: bytes, sender_mac: str) -> Iterator[Word]:
    if len(packet) >= 48 and packet[6] == _UDP:
        yield from _udp(packet[40:], sender_mac, address_of(packet[8:24]))


def _udp(datagram: bytes, sender_mac: str, sender: str) -> Iterator[Word]:
    if len(datagram) < 8:
        return
    port, size = struct.unpack_from(">HH", datagram, 2)
    if reader := READERS.get(port):
        yield from reader(datagram[8 : max(size, 8)], sender_mac=sender_mac, sender=sender)
