"""One packet's word about one device: all of it comes from the wire and is cut and cleaned."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 80
_MADE_UP, _GROUP = 0x02, 0x01


@dataclass(frozen=True, slots=True)
class Word:
    """`mac` is 12 hex digits or "", `address` an IP address or "". `by` is how it was heard;
    `facts` are named as the record to the tower names them. `routers` are the ways out of the
    network that a DHCP server tells."""

    by: str
    mac: str = ""
    address: str = ""
    names: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    routers: tuple[str, ...] = ()


def text(raw: bytes | str, *, most: int = LONGEST) -> str:
    """Printable, one line, cut."""
    shown = raw if isinstance(raw, str) else raw[: most * 4].decode("utf-8", "replace")
    return "".join(each for each in shown if each.isprintable() and each != "�")[:most].strip()


def mac_of(raw: bytes) -> str:
    """Of six bytes that can be one device's; "" for groups, nobody and everybody."""
    if len(raw) != 6 or raw[0] & _GROUP or not any(raw):
        return ""
    return raw.hex()


def is_made_up(mac: str) -> bool:
    """Not the maker's own: phones make such addresses up, and change them."""
    return bool(mac) and bool(int(mac[:2], 16) & _MADE_UP)


def address_of(raw: bytes) -> str:
    """Of four or sixteen bytes; "" for what can be no device's address on a network."""
    try:
        found = ipaddress.ip_address(raw)
    except ValueError:
        return ""
    is_odd = found.is_multicast or found.is_unspecified or found.is_loopback
    return "" if is_odd or found == _EVERYBODY else str(found)


_EVERYBODY = ipaddress.ip_address("255.255.255.255")
