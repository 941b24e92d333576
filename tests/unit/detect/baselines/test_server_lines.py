"""Leases and VPN sign-ins are told from the lines themselves, whatever format reads them."""

# ruff: noqa: E501 — lines of devices stand as they come
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect.baselines.new_device import NEW_DEVICE
from hinomi.detect.baselines.sign_ins import SIGN_INS
from hinomi.normalise import read_record

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MAC = "00:00:5e:00:53:10"


def _read(raw: str) -> Event:
    event = read_record(RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode()))
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (f"Nov 20 18:00:03 d dhcpd[5]: DHCPACK on 10.0.0.31 to {MAC} (pc-07) via eth0", "pc-07"),
        (f"Nov 20 18:00:06 gw dnsmasq-dhcp[4]: DHCPACK(br0) 10.0.0.31 {MAC} pc-07", "pc-07"),
        (
            (
                f"1795167600.311547724 MX events dhcp lease of ip 10.0.0.68 for client mac {MAC} from "
                "router 10.0.0.1 on subnet 255.255.255.0 with dns 192.0.2.53"
            ),
            MAC,
        ),
        (f"dhcp,info dhcp1 assigned 10.0.0.31 to {MAC} pc-07", "pc-07"),
        (f"dhcp,info dhcp1 deassigned 10.0.0.31 from {MAC}", ""),
        (f"Nov 20 18:00:00 d dhcpd[5]: DHCPDISCOVER from {MAC} via eth0", ""),
    ],
)
def test_a_lease_tells_which_device_is_there(raw: str, shown: str) -> None:
    event = _read(raw)
    found = NEW_DEVICE.readers[event.shape](event)
    assert (found.shown if found else "") == shown


@pytest.mark.parametrize(
    ("raw", "user"),
    [
        (
            (
                "%ASA-6-113039: Group <VPN> User <suzuki> IP <203.0.113.61> AnyConnect parent session "
                "started."
            ),
            "suzuki",
        ),
        ("l2tp,ppp,info,account suzuki logged in, 10.30.0.11 from 203.0.113.61", "suzuki"),
        (
            "203.0.113.61:59321 [suzuki] Peer Connection Initiated with [AF_INET]203.0.113.61:593",
            "suzuki",
        ),
        ("%ASA-6-716039: Group <VPN> User <suzuki> IP <203.0.113.61> Authentication: rejected", ""),
        ("203.0.113.44:40222 TLS Auth Error: Auth Username/Password verification failed", ""),
    ],
)
def test_who_came_in_by_vpn(raw: str, user: str) -> None:
    event = _read(raw)
    found = SIGN_INS[event.shape](event)
    assert (found.user if found else "") == user
