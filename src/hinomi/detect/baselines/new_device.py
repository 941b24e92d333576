"""A device on the company's network that was never there: by MAC address, as routers write it.

A MAC that a phone made up for privacy changes; where such a device states a name, the name counts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.detect.baselines.first_seen import FirstSeen
from hinomi.detect.baselines.measure import BaselineTeller, Sighting

if TYPE_CHECKING:
    from hinomi.core.records import Event

_MAC = re.compile(r"[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}\Z", re.IGNORECASE)
_NOBODY = frozenset({"00" * 6, "ff" * 6})
_MADE_UP = 0x02  # the bit of the first byte that says "not the maker's own"
_EAR = "discovery"  # heard in another way than routers tell: learnt for itself
_LEASED = ("Allocates", "Allocate", "Extends", "Extend")
# ISC dhcpd: `DHCPACK on 192.0.2.2 to 00:… (name) via eth0`; dnsmasq: `DHCPACK(br0) 192.0.2.2 00:…`.
_ACKNOWLEDGED = re.compile(
    r"DHCPACK(?:\([\w.-]+\))? (?:on )?[0-9A-Fa-f.:]+ (?:to )?(?P<mac>[0-9A-Fa-f:]{17})"
    r"(?: \(?(?P<name>[\w.-]+)\)?)?(?: via .*)?\Z"
)


def _fortigate(event: Event) -> Sighting | None:
    """DHCP leases, and traffic that began inside: outside it would be the provider's router."""
    fields = event.fields
    if fields.get("dhcp_msg") == "Ack":
        return _device(fields.get("mac", ""), fields.get("hostname", ""), "mac")
    if fields.get("srcintfrole") == "lan":
        return _device(fields.get("srcmac", ""), fields.get("srcname", ""), "srcmac")
    return None


def _sophos(event: Event) -> Sighting | None:
    if event.fields.get("src_zone_type") != "LAN":
        return None
    return _device(event.fields.get("src_mac", ""), "", "src_mac")


def _yamaha(event: Event) -> Sighting | None:
    if event.fields.get("action") not in _LEASED:
        return None
    return _device(event.fields.get("mac", ""), "", "mac")


def _dhcp_server(event: Event) -> Sighting | None:
    message = event.fields.get("message", "")
    found = _ACKNOWLEDGED.match(message) if message.startswith("DHCPACK") else None
    return _device(found["mac"], found["name"] or "", "message") if found else None


def _leased(event: Event) -> Sighting | None:
    """Formats that name the parts of a lease: routers that give addresses themselves."""
    fields = event.fields
    is_lease = fields.get("kind") == "dhcp" or "dhcp lease of" in fields.get("message", "")[:40]
    if not is_lease or fields.get("verb", "assigned") != "assigned":
        return None
    return _device(fields.get("src_mac", ""), fields.get("src_name", ""), "src_mac")


def _discovery(event: Event) -> Sighting | None:
    """What a relay hears. Its word about the network says only that it listens."""
    fields = event.fields
    if fields.get("event") == "network":
        return Sighting("", "", "", "event", ear=_EAR)
    if "key" not in fields:
        return None
    name = fields.get("device", "") if fields.get("names") else ""
    mac = fields.get("mac", "")
    if fields.get("mac_is_temporary") == "true" or not mac:
        value = f"name={name.lower()}" if name else ""  # nameless: no more than a sign of life
        return Sighting("", value, name, "device", slots={"device": name}, ear=_EAR)
    found = _device(mac, name, "mac")
    return replace(found, ear=_EAR) if found else None


def _device(mac: str, name: str, field: str) -> Sighting | None:
    if not _MAC.match(mac):
        return None
    address = re.sub("[:-]", "", mac).lower()
    name = "" if name in ("N/A", "*", "-") else name
    if address in _NOBODY:
        return None
    is_made_up = bool(int(address[:2], 16) & _MADE_UP)
    value = f"name={name.lower()}" if is_made_up and name else f"mac={address}"
    shown = name or ":".join(address[at : at + 2] for at in range(0, 12, 2))
    return Sighting("", value, shown, field, slots={"device": shown})


NEW_DEVICE = FirstSeen(
    teller=BaselineTeller(
        id="baseline-new-device",
        title="A device never seen on this network",
        case="new_device",
        title_ja="はじめての機器",
        tags=("attack.initial-access", "attack.t1200"),
    ),
    readers={
        "fortigate": _fortigate,
        "sophos": _sophos,
        "yamaha": _yamaha,
        "linux": _dhcp_server,
        "generic": _dhcp_server,
        "isc_dhcp": _dhcp_server,
        "dnsmasq": _dhcp_server,
        "cisco_meraki": _leased,
        "mikrotik": _leased,
        "discovery": _discovery,
    },
    usual="前からある機器だけ",
    differs="はじめての機器",
    asked="first seen: MAC address (or name, where the MAC is made up) in the company",
)
