"""What a relay hears of a network that has never been asked: devices, their flood, and its silence
without consent. Packets are made by hand. Needs root and iproute2."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from tests.collect.relays import add_relay, enrol, wait_for
from tests.collect.test_relay_namespaces import _TOWER, _UPLINK, Box, Network, network
from tests.ports import free_port
from tests.unit.pipeline.relay.discovery import packets as made

from hinomi.core.directory import Source
from hinomi.store.directory import load, publish

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.collect.conftest import Collect

__all__ = ["network"]
pytestmark = pytest.mark.sockets
_SOURCE, _TRY = "aoi_around", "shiken-around"
# Puts frames on the wire as they stand, so many a second: `wire.py SECONDS < hex lines`.
_WIRE = """
import socket, sys, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("dev0", 0))
pause = float(sys.argv[1])
for line in sys.stdin:
    wire.send(bytes.fromhex(line))
    if pause:
        time.sleep(pause)
"""
# Says "ready", then each frame it hears that is neither IGMP nor ICMPv6, until it is ended.
_SNIFF = """
import socket
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("dev0", 0))
print("ready", flush=True)
while True:
    raw, peer = wire.recvfrom(2048)
    kind, protocol = raw[12:14], raw[23] if raw[12:14] == b"\\x08\\0" else 0
    if peer[2] != 4 and protocol != 2 and kind != b"\\x86\\xdd":
        print(raw.hex(), flush=True)
"""
PRINTER, PHONE, PC, OLD = made.PRINTER, made.PHONE, made.PC, "00000e5511aa"


def _frames() -> list[bytes]:
    """A morning in an office: a printer, a phone, a PC, an old PC, and the router's answer."""
    answer = made.dhcp(
        PC,
        (53, b"\5"),
        (54, b"\x0a\xe7\x08\xfe"),
        (3, b"\x0a\xe7\x08\xfe"),
        op=2,
        given="10.231.8.21",
    )
    return [
        made.arp(PRINTER, "10.231.8.5"),
        made.udp(PRINTER, "10.231.8.5", 5353, made.mdns(
            made.named("EPSON-A1B2C3", "10.231.8.5"),
            made.record(made.labels("_ipp._tcp.local"), 12, made.labels("P._ipp._tcp.local")),
        ), to="224.0.0.251"),
        made.udp(PC, "0.0.0.0", 67, made.request(
            PC, "KEIRI-02", wants="10.231.8.21", asks=made.WINDOWS10, vendor=b"MSFT 5.0")),
        made.udp("00a0de010203", "10.231.8.254", 68, answer),
        made.udp(OLD, "10.231.8.22", 138, made.announcement("UKETSUKE", 6, 1)),
        made.udp(PHONE, "0.0.0.0", 67, made.request(
            PHONE, "Hanako-no-iPhone", wants="10.231.8.40", asks=made.IOS13)),
        made.udp("d20000000001", "0.0.0.0", 67, made.dhcp("d20000000001", (53, b"\1"))),
    ]  # fmt: skip


def _send(network: Network, frames: Sequence[bytes], *, pause: float = 0.001) -> None:
    command = network.inside(network.device, sys.executable, "-c", _WIRE, str(pause))
    lines = "\n".join(each.hex() for each in frames)
    subprocess.run(command, input=lines, text=True, check=True, timeout=120)


def _agree(folder: Collect, *, is_agreed: bool) -> None:
    """As the portal publishes it: the relay's own source waits while nobody agreed."""
    known = load(data=folder.data)
    others = [each for each in known.sources if each.id != _SOURCE]
    own = Source(_SOURCE, "org_aoi", "discovery", "社内の機器", relay="aoi_relay")
    own = replace(own, awaits_consent=not is_agreed, awaited_try=_TRY)
    publish(replace(known, sources=(*others, own)), data=folder.data)


def _told(folder: Collect) -> dict[str, dict[str, Any]]:
    """The newest record about each device."""
    records = [each for each in folder.records() if each.source == _SOURCE]
    assert {each.organisation for each in records} <= {"org_aoi"}
    assert {each.kind for each in records} <= {"discovery"}
    listed = [json.loads(each.raw) for each in records if _TRY.encode() not in each.raw]
    return {each.get("key", "network"): each for each in listed}


def test_a_relay_hears_the_office_and_stays_silent_without_consent(
    folder: Collect, tmp_path: Path, network: Network
) -> None:
    made_relay = add_relay(folder, tmp_path / "relay", company="aoi")
    _agree(folder, is_agreed=False)
    folder.start("--host", _TOWER, "--ingest-port", str(free_port()))
    enrol(made_relay, folder, company="aoi")
    box = Box(network, made_relay.data)
    try:
        box.start("--settle-seconds", "1")
        wait_for(lambda: (made_relay.data / "listening.json").exists(), box.log)
        _send(network, _frames())
        assert _state(network)["discovery"] is None
        assert not (made_relay.data / "devices.json").exists()

        _agree(folder, is_agreed=True)
        wait_for(lambda: _state(network)["discovery"] is not None, box.log)
        assert _state(network)["discovery"]["cannot"] == []
        with _watched(network) as sent:
            _send(network, _frames())
            wait_for(lambda: len(_told(folder)) >= 6, box.log)
        assert sent == []  # it asked nobody anything
        assert any(_TRY.encode() in each.raw for each in folder.records())  # 試験 by itself
        told = _told(folder)
        assert told[PC]["names"] == ["KEIRI-02"]
        assert told[PC]["addresses"][0] == "10.231.8.21"
        assert told[PRINTER]["services"] == ["_ipp"]
        assert told[OLD]["announced"] == "6.1"
        assert told["name:hanako-no-iphone"]["mac_is_temporary"] is True
        assert not [each for each in told if "000001" in each]
        assert told["network"]["segments"] == ["10.231.7.0/24", "10.231.8.0/24"]
        assert _state(network)["discovery"]["temporary"] in (1, 2)  # the tower's veth may be one

        _agree(folder, is_agreed=False)
        wait_for(lambda: _state(network)["discovery"] is None, box.log)
        assert not (made_relay.data / "devices.json").exists()
    finally:
        box.kill()


@contextmanager
def _watched(network: Network) -> Iterator[list[str]]:
    """What the box puts on the LAN meanwhile, without what the kernel says of groups joined."""
    command = network.inside(network.device, sys.executable, "-c", _SNIFF)
    found: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield found
        process.terminate()
        found += process.stdout.read().split()


def _state(network: Network) -> dict[str, Any]:
    """The status page, by the uplink."""
    with closing(HTTPConnection(_UPLINK, 8480, timeout=5)) as asked:
        asked.request("GET", "/status.json")
        told: dict[str, Any] = json.load(asked.getresponse())
    return told


def test_a_flood_of_faked_senders_costs_little_and_a_box_without_rights_says_so(
    folder: Collect, tmp_path: Path, network: Network
) -> None:
    made_relay = add_relay(folder, tmp_path / "relay", company="aoi")
    _agree(folder, is_agreed=True)
    folder.start("--host", _TOWER, "--ingest-port", str(free_port()))
    enrol(made_relay, folder, company="aoi")
    box = Box(network, made_relay.data)
    try:
        box.start("--settle-seconds", "1")
        wait_for(lambda: bool(_state(network).get("discovery")), box.log)
        process = psutil.Process(box.process.pid) if box.process else None
        assert process is not None
        cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
        _send(network, _frames())
        _send(
            network,
            [
                made.arp(f"0011{number:08x}", f"10.231.8.{number % 250 + 1}")
                for number in range(10_000)
            ],
            pause=0,
        )
        state = _state(network)["discovery"]
        assert state["devices"] <= 1_000
        assert process.memory_info().rss < 80 * 1024 * 1024
        share = (sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - began)
        assert share < 0.3  # of a core, under a flood, on a machine that runs other tests

        def both_are_told() -> bool:  # after a flood too a device speaks again, as devices do
            _send(network, _frames())
            return {PC, OLD} <= set(_told(folder))

        wait_for(both_are_told, box.log)
        assert len(_told(folder)) < 20
        box.kill()
        box.start("--settle-seconds", "1", prefix=("setpriv", "--bounding-set", "-net_raw"))
        wait_for(lambda: bool(_state(network).get("discovery")), box.log)
        assert "arp" in _state(network)["discovery"]["cannot"]
        assert "dhcp" not in _state(network)["discovery"]["cannot"]
        phone = made.request("00142201aa99", "TANAKA-PC", wants="10.231.8.77")
        _send(network, [made.udp("00142201aa99", "0.0.0.0", 67, phone)])
        wait_for(lambda: "00142201aa99" in _told(folder), box.log)
    finally:
        box.kill()
