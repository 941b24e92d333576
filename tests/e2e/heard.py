"""What a relay heard of a make-believe office: an old PC, phones, printers, and a hostile name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.sources.relays import add_relay, place_behind
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.lan_rows import LanDevice

if TYPE_CHECKING:
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source

_NETWORK = {
    "segments": "192.0.2.0/24", "routers": "192.0.2.1", "temporary": "4", "cannot_hear": "arp",
}  # fmt: skip
# Name, MAC, address, what it says.
_DEVICES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("", "00:a0:de:01:02:03", "192.0.2.1", {"is_router": "true", "services": "dhcp"}),
    ("KEIRI-02", "00:14:22:01:aa:02", "192.0.2.21",
     {"requested": "1,3,6,15,31,33,43,44,46,47,119,121,249,252"}),
    ("UKETSUKE", "00:00:0e:55:11:aa", "192.0.2.22", {"announced": "6.1"}),
    ("Hanako-no-iPhone", "d2:aa:bb:cc:dd:ee", "192.0.2.40",
     {"requested": "1,121,3,6,15,108,114,119,252", "mac_is_temporary": "true"}),
    ("soko-tablet", "ae:aa:bb:cc:dd:01", "192.0.2.41",
     {"vendor_class": "android-dhcp-9", "mac_is_temporary": "true"}),
    ("EPSON-A1B2C3", "00:00:48:a1:b2:c3", "192.0.2.5", {"services": "_ipp, _scanner"}),
    ("", "00:80:77:11:22:33", "192.0.2.6", {}),
    ("FILESV", "00:11:32:0a:0b:0c", "192.0.2.8", {"services": "_smb, _adisk"}),
    ("", "00:30:13:99:88:77", "198.51.100.9", {}),
)  # fmt: skip


def hear(company: Organisation, *, nasty: str) -> tuple[Source, list[LanDevice]]:
    """The relay's own source, and the rows that the worker would have written."""
    relay = add_relay(organisation_id=company.id, name="事務所の中継機")
    wanted = Wanted(kind="discovery", name="社内の機器")
    source = register_source(organisation_id=company.id, wanted=wanted).source
    place_behind(source=source, relay=relay)
    moment = now()
    rows = [LanDevice(company.id, source.id, "", _NETWORK, moment, moment)]
    for number, (name, mac, address, said) in enumerate((*_DEVICES, (nasty, "", "", {}))):
        facts = {"device": name or mac, "names": name, "mac": mac, "addresses": address, **said}
        facts["heard_by"] = "arp, dhcp"
        last = moment - timedelta(minutes=7 * number)
        first = moment - timedelta(days=20 - number)
        rows.append(LanDevice(company.id, source.id, f"{number}", facts, first, last))
    return source, rows
