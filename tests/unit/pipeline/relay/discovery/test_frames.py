"""What is read out of a packet, and that no packet, however broken, is more than nothing."""

from __future__ import annotations

import random
import struct
import time
from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.relay.discovery import packets as made

from hinomi.pipeline.relay.discovery import frames

if TYPE_CHECKING:
    from hinomi.pipeline.relay.discovery.word import Word

PC, PHONE, PRINTER = made.PC, made.PHONE, made.PRINTER
MDNS = "224.0.0.251"


def heard(frame: bytes) -> list[Word]:
    return list(frames.read(frame))


def test_arp_tells_the_sender_and_nothing_of_whom_it_looks_for() -> None:
    (word,) = heard(made.arp(PC, "192.0.2.20", looks_for="192.0.2.99"))
    assert (word.mac, word.address, word.by) == (PC, "192.0.2.20", "arp")


def test_a_probe_without_an_address_of_its_own_says_nothing() -> None:
    assert heard(made.arp(PC, "0.0.0.0")) == []


def test_a_dhcp_request_tells_name_address_class_and_what_it_asks_for() -> None:
    asked = made.request(
        PC, "KEIRI-02.aoi.local", wants="192.0.2.21", asks=made.WINDOWS10, vendor=b"MSFT 5.0"
    )
    (word,) = heard(made.udp(PC, "0.0.0.0", 67, asked))
    assert (word.mac, word.names, word.address) == (PC, ("KEIRI-02",), "192.0.2.21")
    assert word.facts["vendor_class"] == "MSFT 5.0"
    assert word.facts["requested"].startswith("1,3,6,15,31,33,43")


def test_an_answer_tells_the_router_and_who_gives_addresses() -> None:
    answer = made.dhcp(
        PC, (53, b"\5"), (54, b"\xc0\0\2\1"), (3, b"\xc0\0\2\1"), op=2, given="192.0.2.30"
    )
    client, server = heard(made.udp("00a0de010203", "192.0.2.1", 68, answer))
    assert (client.mac, client.address) == (PC, "192.0.2.30")
    assert (server.mac, server.routers, server.services) == (
        "00a0de010203", ("192.0.2.1",), ("dhcp",),
    )  # fmt: skip


def test_mdns_tells_name_services_and_model() -> None:
    answer = made.mdns(
        made.named("Taro-no-iPad", "192.0.2.40"),
        made.record(made.labels("_ipp._tcp.local"), 12, made.labels("P._ipp._tcp.local")),
        made.record(
            made.labels("x._device-info._tcp.local"), 16, made.txt("model=Mac14,2", "osxvers=22")
        ),
    )
    (word,) = heard(made.udp(PHONE, "192.0.2.40", 5353, answer, to=MDNS))
    assert word.names == ("Taro-no-iPad",)
    assert word.services == ("_ipp", "_device-info")
    assert word.facts == {"model": "Mac14,2", "osxvers": "22"}


@pytest.mark.parametrize(
    "answer",
    [
        made.mdns(made.named("somebody-else", "192.0.2.77")),
        struct.pack(">6H", 0, 0, 0, 1, 0, 0) + made.named("asks", "192.0.2.40"),
    ],
)
def test_what_mdns_says_of_others_and_what_it_asks_is_not_believed(answer: bytes) -> None:
    assert heard(made.udp(PHONE, "192.0.2.40", 5353, answer, to=MDNS)) == []


def test_an_old_windows_tells_its_version_and_samba_is_told_apart() -> None:
    said = [made.announcement("UKETSUKE", 6, 1), made.announcement("FILESV", 6, 1, unix=True)]
    words = [each for one in said for each in heard(made.udp(PC, "192.0.2.9", 138, one))]
    assert [(each.names, each.facts) for each in words] == [
        (("UKETSUKE",), {"announced": "6.1"}),
        (("FILESV",), {"announced": "samba"}),
    ]


def test_a_registered_netbios_name_is_heard_and_a_group_is_not() -> None:
    own = made.udp(PC, "192.0.2.9", 137, made.registration("KEIRI-PC"))
    group = made.udp(PC, "192.0.2.9", 137, made.registration("WORKGROUP", flags=0x8000))
    assert [each.names for each in heard(own)] == [("KEIRI-PC",)]
    assert heard(group) == []


def test_ssdp_tells_the_system_it_runs() -> None:
    said = made.notify("SERVER: Microsoft-Windows/6.1 UPnP/1.0", "NT: upnp:rootdevice")
    (word,) = heard(made.udp(PC, "192.0.2.9", 1900, said, to="239.255.255.250"))
    assert word.facts == {"server": "Microsoft-Windows/6.1 UPnP/1.0"}


def test_names_with_markup_and_control_characters_come_out_as_plain_short_text() -> None:
    asked = made.request(PC, "a\x1b[31m\n<b>" + "x" * 200, wants="192.0.2.21")
    (word,) = heard(made.udp(PC, "0.0.0.0", 67, asked))
    assert all(each.isprintable() and len(each) <= 80 for each in word.names)


def _loops() -> list[bytes]:
    """Names that point at themselves, at each other, ahead, and chains of labels without end."""
    head = struct.pack(">6H", 0, 0x8400, 0, 64, 0, 0)
    long = b"".join(b"\x3f" + b"a" * 63 for _ in range(60))
    chain = b"".join(struct.pack(">BcH", 1, b"a", 0xC000 | at) for at in range(0, 900, 4))
    return [head + b"\xc0\x0c" * 60, head + b"\xc0\x0e\xc0\x0c", head + b"\xc0\xff", head + long,
            head + chain, head + b"\x01a" * 700, head + b"\x01a\xc0\x0c" * 300]  # fmt: skip


@pytest.mark.parametrize("payload", _loops())
def test_names_that_lead_in_circles_end_at_once(payload: bytes) -> None:
    began = time.perf_counter()
    assert heard(made.udp(PHONE, "192.0.2.40", 5353, payload, to=MDNS)) == []
    assert time.perf_counter() - began < 0.05


def _samples() -> list[bytes]:
    asked = made.request(PC, "KEIRI", wants="192.0.2.2", asks=made.IOS13, vendor=b"android-dhcp-9")
    answer = made.mdns(
        made.named("a", "192.0.2.2"),
        made.record(b"\xc0\x0c", 16, made.txt("model=X", "osxvers=22")),
    )
    return [
        made.arp(PC, "192.0.2.2"),
        made.udp(PC, "0.0.0.0", 67, asked),
        made.udp(PC, "192.0.2.2", 5353, answer),
        made.udp(PC, "192.0.2.2", 137, made.registration("KEIRI")),
        made.udp(PC, "192.0.2.2", 138, made.announcement("KEIRI", 6, 1)),
        made.udp(PC, "192.0.2.2", 1900, made.notify("SERVER: x/1")),
    ]


@pytest.mark.parametrize("sample", _samples())
def test_no_cut_and_no_damage_raises(sample: bytes) -> None:
    draw = random.Random(len(sample))
    for length in range(len(sample)):
        heard(sample[:length])
    for _ in range(600):
        damaged = bytearray(sample)
        for _ in range(draw.randrange(1, 9)):
            damaged[draw.randrange(14, len(damaged))] = draw.randrange(256)
        for word in heard(bytes(damaged)):
            assert sum(map(len, word.facts.values())) < 1_000
            assert all(len(each) <= 80 for each in word.names)
