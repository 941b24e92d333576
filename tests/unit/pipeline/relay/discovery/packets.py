"""Packets made by hand, as devices put them on the wire: addresses and names are invented."""

from __future__ import annotations

import ipaddress
import struct

EVERYBODY = b"\xff" * 6
PRINTER, PHONE, PC = "000048a1b2c3", "d2aabbccddee", "00142201aa02"
IOS13 = bytes([1, 121, 3, 6, 15, 119, 252])
WINDOWS10 = bytes([1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252])


def ethernet(mac: str, body: bytes, *, kind: int = 0x0800, to: bytes = EVERYBODY) -> bytes:
    return to + bytes.fromhex(mac) + struct.pack(">H", kind) + body


def arp(mac: str, address: str, *, looks_for: str = "192.0.2.1") -> bytes:
    own, other = (ipaddress.ip_address(each).packed for each in (address, looks_for))
    body = b"\0\1\x08\0\6\4\0\1" + bytes.fromhex(mac) + own + b"\0" * 6 + other
    return ethernet(mac, body, kind=0x0806)


def udp(mac: str, address: str, port: int, payload: bytes, *, to: str = "255.255.255.255") -> bytes:
    head = struct.pack(">HHHH", port, port, 8 + len(payload), 0)
    ends = ipaddress.ip_address(address).packed + ipaddress.ip_address(to).packed
    size = 20 + len(head) + len(payload)
    plain = struct.pack(">BBHHHBB", 0x45, 0, size, 1, 0, 1, 17)
    total = sum(struct.unpack(">9H", plain + ends))
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    ip = plain + struct.pack(">H", checksum) + ends
    return ethernet(mac, ip + head + payload)


def dhcp(mac: str, *options: tuple[int, bytes], op: int = 1, given: str = "0.0.0.0") -> bytes:
    head = struct.pack(">BBBBIHH", op, 1, 6, 0, 7, 0, 0) + b"\0" * 4
    head += ipaddress.ip_address(given).packed + b"\0" * 8
    head += bytes.fromhex(mac) + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63"
    return head + b"".join(bytes([code, len(each)]) + each for code, each in options) + b"\xff"


def request(mac: str, name: str, *, wants: str, asks: bytes = b"", vendor: bytes = b"") -> bytes:
    """DHCPREQUEST."""
    options = [(53, b"\3"), (50, ipaddress.ip_address(wants).packed), (12, name.encode())]
    options += [(code, each) for code, each in ((60, vendor), (55, asks)) if each]
    return dhcp(mac, *(each for each in options if each[1]))


def labels(name: str) -> bytes:
    parts = [each.encode() for each in name.split(".")]
    return b"".join(bytes([len(each)]) + each for each in parts) + b"\0"


def record(owner: bytes, kind: int, body: bytes) -> bytes:
    return owner + struct.pack(">HHIH", kind, 1, 120, len(body)) + body


def txt(*pairs: str) -> bytes:
    return b"".join(bytes([len(each.encode())]) + each.encode() for each in pairs)


def mdns(*records: bytes) -> bytes:
    return struct.pack(">6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def named(name: str, address: str) -> bytes:
    return record(labels(f"{name}.local"), 1, ipaddress.ip_address(address).packed)


def registration(name: str, *, kind: int = 0x00, flags: int = 0x0000) -> bytes:
    plain = name.upper().encode().ljust(15) + bytes([kind])
    coded = bytes(each for byte in plain for each in (0x41 + (byte >> 4), 0x41 + (byte & 15)))
    head = struct.pack(">HHHHHH", 1, 0x2910, 1, 0, 0, 1)
    question = b"\x20" + coded + b"\0" + struct.pack(">HH", 0x20, 1)
    return head + question + b"\xc0\x0c" + struct.pack(">HHIHH", 0x20, 1, 300, 6, flags) + b"\0" * 4


def announcement(name: str, major: int, minor: int, *, unix: bool = False) -> bytes:
    body = b"\x01\0" + struct.pack("<I", 60_000) + name.encode().ljust(16, b"\0")
    body += bytes([major, minor]) + struct.pack("<I", 0x800 if unix else 0x3) + b"\x0f\x01U\xaa\0"
    return (
        b"\x11"
        + b"\0" * 13
        + b"\x20" * 34
        + b"\x20" * 34
        + b"\xffSMB%"
        + b"\0" * 60
        + (b"\\MAILSLOT\\BROWSE\0" + body)
    )


def notify(*headers: str) -> bytes:
    return "\r\n".join(["NOTIFY * HTTP/1.1", "NTS: ssdp:alive", *headers, "", ""]).encode()
