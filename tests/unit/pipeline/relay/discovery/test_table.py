"""The table joins what belongs together, stays small whatever is sent, and tells calmly."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from tests.unit.pipeline.relay.discovery.packets import PC, PHONE, PRINTER

from hinomi.pipeline.relay.discovery import flows
from hinomi.pipeline.relay.discovery.table import MOST_DEVICES, MOST_TEMPORARY, Table
from hinomi.pipeline.relay.discovery.telling import Teller
from hinomi.pipeline.relay.discovery.word import Word

START = 1_800_000_000.0


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def table(hands: Hands) -> Table:
    return Table(hands)


def told(teller: Teller, table: Table, now: float) -> list[dict[str, Any]]:
    return [json.loads(each) for each in teller.due(table, now=now)]


def test_a_device_is_joined_from_all_that_is_heard_of_it(table: Table) -> None:
    table.hear(Word("arp", PRINTER, "192.0.2.5"))
    table.hear(Word("mdns", "", "192.0.2.5", ("EPSON-A",), services=("_ipp",)))
    (device,) = table.devices.values()
    assert (device.names, device.services, device.heard_by) == (
        ["EPSON-A"], ["_ipp"], ["arp", "mdns"],
    )  # fmt: skip


def test_a_phone_that_changes_its_address_is_one_device_by_its_name(table: Table) -> None:
    for number in range(300):
        mac = f"d2{number:010x}"
        table.hear(Word("arp", mac, f"192.0.2.{number % 250 + 1}"))
        table.hear(Word("dhcp", mac, "192.0.2.9", ("Hanako-no-iPhone",)))
    assert list(table.devices) == ["name:hanako-no-iphone"]
    assert not table.temporary


def test_nameless_made_up_addresses_are_counted_and_forgotten_after_a_day(
    table: Table, hands: Hands
) -> None:
    for number in range(2_000):
        table.hear(Word("arp", f"d2{number:010x}", "192.0.2.9"))
    assert not table.devices
    assert len(table.temporary) == MOST_TEMPORARY
    hands.at += 25 * 3600
    table.forget_old()
    assert not table.temporary


def test_ten_thousand_faked_senders_push_nobody_out_and_are_told_slowly(
    table: Table, hands: Hands
) -> None:
    table.hear(Word("dhcp", PC, "192.0.2.2", ("KEIRI-02",)))
    table.hear(Word("arp", PRINTER, "192.0.2.5"))
    hands.at += 700
    table.hear(Word("arp", PRINTER, "192.0.2.5"))
    for number in range(10_000):
        hands.at += 0.01
        table.hear(Word("arp", f"0011{number:08x}", f"10.0.{number >> 8 & 255}.{number & 255}"))
    assert {PC, PRINTER} <= set(table.devices)
    assert len(table.devices) <= MOST_DEVICES
    assert len(table._by_address) <= MOST_DEVICES * 5
    teller = Teller()
    hands.at += 120
    seen = {each["key"] for _ in range(60) for each in told(teller, table, hands.at)}
    assert seen == {PC, PRINTER}


def test_faked_senders_with_names_fill_no_more_than_the_budget(table: Table, hands: Hands) -> None:
    for number in range(5_000):
        table.hear(Word("dhcp", f"0011{number:08x}", "", (f"n{number}",)))
    assert len(table.devices) <= MOST_DEVICES
    assert table.beyond
    teller, count = Teller(), 0
    for _ in range(600):
        hands.at += 1
        count += len(told(teller, table, hands.at))
    assert count <= 300 + 600 * 0.5 + 1
    hands.at += 3_600
    table.hear(Word("dhcp", PC, "192.0.2.2", ("KEIRI-02",)))
    assert PC in table.devices


def test_a_device_is_told_once_it_is_settled_when_it_changes_and_each_hour(
    table: Table, hands: Hands
) -> None:
    teller, log = Teller(), []
    table.hear(Word("dhcp", PC, "192.0.2.2", ("KEIRI-02",)))
    for minute in range(200):
        hands.at += 60
        table.hear(Word("arp", PC, "192.0.2.2"))
        if minute == 30:
            table.hear(Word("netbios", PC, "192.0.2.2", facts={"announced": "6.1"}))
        log += [(minute, each["event"], each["known_s"]) for each in told(teller, table, hands.at)]
    assert [(minute, event) for minute, event, _ in log] == [
        (0, "found"), (30, "changed"), (90, "heard"), (150, "heard"),
    ]  # fmt: skip
    assert log[-1][2] == 151 * 60


def test_a_device_heard_by_name_first_is_one_with_its_address(table: Table) -> None:
    table.hear(Word("mdns", "", "192.0.2.5", ("EPSON-A",), {"model": "EPSON PX"}))
    table.hear(Word("arp", PRINTER, "192.0.2.5"))
    ((key, device),) = table.devices.items()
    assert (key, device.names, device.facts) == (PRINTER, ["EPSON-A"], {"model": "EPSON PX"})


def test_an_address_is_the_newest_devices_alone(table: Table) -> None:
    table.hear(Word("arp", PC, "192.0.2.2"))
    table.hear(Word("arp", PRINTER, "192.0.2.2"))
    assert table.devices[PC].addresses == []
    found = table.at("192.0.2.2")
    assert found is not None
    assert found.mac == PRINTER


def test_the_relay_is_no_news_to_itself(table: Table) -> None:
    table.own = frozenset({PC})
    table.hear(Word("arp", PC, "192.0.2.2"))
    assert not table.devices


def test_flows_name_devices_beyond_the_router_by_their_private_address(
    table: Table, hands: Hands
) -> None:
    near = [ipaddress.IPv4Network("192.168.1.0/24")]
    said = [
        b'{"sourceIPv4Address":"10.1.2.3","destinationIPv4Address":"203.0.113.9"}',
        b'{"sourceIPv4Address": "192.168.1.7"}',
        b'{"sourceIPv4Address":"203.0.113.9"}',
        b'{"sourceIPv4Address":"999.1.1.1"}',
        b"\xff" * 40,
    ]
    for _ in range(3):
        for word in flows.read(said, near=near):
            table.hear(word)
        hands.at += 40
    (record,) = told(Teller(), table, hands.at)
    assert (record["key"], record["device"]) == ("address:10.1.2.3", "10.1.2.3")
    assert record["heard_by"] == ["netflow"]
    assert len(list(flows.read(said[:1] * 900, near=near))) == 50


def test_a_router_is_known_by_what_others_are_told(table: Table, hands: Hands) -> None:
    table.hear(Word("dhcp", PHONE, "192.0.2.1", ("gateway",), routers=("192.0.2.1",)))
    hands.at += 61
    (record,) = told(Teller(), table, hands.at)
    assert record["is_router"] is True
    assert json.loads(Teller().network(table, [], ("arp",), now=hands.at)[0])["routers"] == [
        "192.0.2.1"
    ]
