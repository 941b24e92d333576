"""Which records tell that a device is on the company's network, and as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import ActionLevel, Certainty
from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.detect.baselines.new_device import NEW_DEVICE
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

LEASE = {"action": "Extends", "ip": "192.0.2.9"}
MAC, OTHER, MADE_UP = "00:11:22:33:44:55", "00:11:22:33:44:66", "d2:11:22:33:44:55"


@pytest.mark.parametrize(
    ("shape", "fields", "value", "shown"),
    [
        ("yamaha", {**LEASE, "mac": MAC}, "mac=001122334455", MAC),
        ("yamaha", {**LEASE, "action": "Releases", "mac": MAC}, "", ""),
        ("fortigate", {"dhcp_msg": "Ack", "mac": "00-11-22-33-44-55", "hostname": "KEIRI"},
         "mac=001122334455", "KEIRI"),
        ("fortigate", {"dhcp_msg": "Ack", "mac": MADE_UP, "hostname": "Phone"},
         "name=phone", "Phone"),
        ("fortigate", {"dhcp_msg": "Ack", "mac": MADE_UP, "hostname": "N/A"},
         "mac=d21122334455", MADE_UP),
        ("fortigate", {"srcintfrole": "lan", "srcmac": MAC}, "mac=001122334455", MAC),
        ("fortigate", {"srcintfrole": "wan", "srcmac": MAC}, "", ""),
        ("fortigate", {"srcintfrole": "lan", "srcmac": "00:00:00:00:00:00"}, "", ""),
        ("sophos", {"src_zone_type": "LAN", "src_mac": MAC}, "mac=001122334455", MAC),
        ("sophos", {"src_zone_type": "WAN", "src_mac": MAC}, "", ""),
        ("generic", {"message": f"DHCPACK on 192.0.2.2 to {MAC} (printer) via eth0"},
         "mac=001122334455", "printer"),
        ("generic", {"message": f"DHCPACK(br0) 192.0.2.2 {MAC} printer"},
         "mac=001122334455", "printer"),
        ("discovery", {"event": "found", "key": "k", "mac": MAC, "device": MAC},
         "mac=001122334455", MAC),
        ("discovery", {"event": "found", "key": "k", "mac": MADE_UP, "mac_is_temporary": "true",
                       "device": "Phone", "names": "Phone"}, "name=phone", "Phone"),
        ("generic", {"message": f"DHCPNAK on 192.0.2.2 to {MAC} via eth0"}, "", ""),
    ],
)  # fmt: skip
def test_a_device_is_read_as_routers_write_it(
    shape: str, fields: dict[str, str], value: str, shown: str
) -> None:
    found = NEW_DEVICE.readers[shape](event(fields, at(0), shape=shape))

    assert (found and (found.value, found.shown)) == ((value, shown) if value else None)


def test_a_device_never_seen_is_told_in_words_and_only_to_be_checked() -> None:
    known = [event({**LEASE, "mac": MAC}, at(day), shape="yamaha") for day in range(LEARNING_DAYS)]
    new = event({**LEASE, "mac": OTHER}, at(14), shape="yamaha")
    (found,) = watched([*known, new])

    assert found.slots["device"] == OTHER
    assert found.slots["usual"]
    assert found.slots["differs"]
    assert found.why[0].value == OTHER
    assert found.teller.handling.action == ActionLevel.CHECK
    assert found.teller.handling.certainty == Certainty.POSSIBLE


def _heard(mac: str, day: int) -> Event:
    fields = {"event": "heard", "key": mac, "mac": mac, "device": mac}
    return event(fields, at(day), shape="discovery")


def test_a_relay_that_begins_to_hear_learns_for_itself_and_tells_nothing_twice() -> None:
    """Routers taught fourteen days; what the new ear hears at first is no news, nor is what a
    router told already."""
    printers = [f"00:00:48:00:00:{number:02x}" for number in range(20)]
    leases = [event({**LEASE, "mac": MAC}, at(day), shape="yamaha") for day in range(40)]
    by_router = event({**LEASE, "mac": OTHER}, at(16), shape="yamaha")
    hears = [_heard(each, day) for day in range(20, 38) for each in (MAC, OTHER, *printers)]
    network = [event({"event": "network"}, at(day), shape="discovery") for day in range(20, 38)]
    new = _heard("00:00:85:00:00:01", 37)
    told = watched(
        sorted([*leases, by_router, *hears, *network, new], key=lambda each: each.event_time)
    )
    assert [each.slots["device"] for each in told] == [OTHER, "00:00:85:00:00:01"]


def test_phones_that_make_up_addresses_and_say_no_name_are_never_told() -> None:
    fields = {"event": "found", "key": "name:", "mac_is_temporary": "true", "device": MADE_UP}
    made_up = [
        event({**fields, "mac": f"d2:11:22:33:44:{day:02x}"}, at(day), shape="discovery")
        for day in range(30)
    ]
    named = _heard(MAC, 29)
    assert [each.slots["device"] for each in watched([*made_up, named])] == [MAC]
    beyond = {"event": "found", "key": "address:10.1.2.3", "device": "10.1.2.3"}
    assert watched([*made_up, event(beyond, at(29), shape="discovery")]) == []
