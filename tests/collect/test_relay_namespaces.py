"""The relay on a network of its own: device, relay and tower in three namespaces, the uplink cut
and restored while the device goes on talking and the relay is killed. Needs root and iproute2."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.collect.relays import add_relay, enrol, wait_for
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
_TOWER, _UPLINK, _LAN, _DEVICE = "10.231.7.1", "10.231.7.2", "10.231.8.1", "10.231.8.2"
# Sends numbered lines by UDP and TCP until told how many: `device.py HOST PORT FIRST LAST`.
_SENDER = """
import socket, sys, time
host, port, first, last = sys.argv[1], *map(int, sys.argv[2:])
udp = socket.socket(type=socket.SOCK_DGRAM)
tcp = socket.create_connection((host, port), timeout=10)
for number in range(first, last):
    if number % 2:
        udp.sendto(b"<13>line %d" % number, (host, port))
    else:
        tcp.sendall(b"<13>line %d\\n" % number)
    time.sleep(0.002)
tcp.close()
"""


@dataclass(frozen=True)
class Network:
    """Two namespaces; the tower stays in our own. The device reaches the relay alone."""

    box: str
    device: str
    uplink: str  # our end of the line to the box

    def cut(self) -> None:
        ip("link", "set", self.uplink, "down")

    def restore(self) -> None:
        ip("link", "set", self.uplink, "up")

    def inside(self, namespace: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", namespace, *command]


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def network() -> Iterator[Network]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and iproute2")
    tag = f"{os.getpid() % 100_000}"
    made = Network(f"hnb{tag}", f"hnd{tag}", f"hnu{tag}")
    try:
        ip("netns", "add", made.box)
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode()
        assert "not permitted" in told, told  # root in a container without CAP_NET_ADMIN
        pytest.skip("network namespaces need CAP_NET_ADMIN")
    try:
        ip("netns", "add", made.device)
        ip("link", "add", made.uplink, "type", "veth", "peer", "name", "up0", "netns", made.box)
        ip("address", "add", f"{_TOWER}/24", "dev", made.uplink)
        ip("link", "set", made.uplink, "up")
        ip(
            "-n",
            made.box,
            "link",
            "add",
            "lan0",
            "type",
            "veth",
            "peer",
            "dev0",
            "netns",
            made.device,
        )
        for namespace, link, address in (
            (made.box, "up0", _UPLINK),
            (made.box, "lan0", _LAN),
            (made.device, "dev0", _DEVICE),
        ):
            ip("-n", namespace, "address", "add", f"{address}/24", "dev", link)
            ip("-n", namespace, "link", "set", link, "up")
            ip("-n", namespace, "link", "set", "lo", "up")
        yield made
    finally:
        for namespace in (made.box, made.device):
            subprocess.run(["ip", "netns", "delete", namespace], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", made.uplink], check=False, capture_output=True)


@dataclass
class Box:
    """The relay process in its namespace."""

    network: Network
    data: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, prefix: tuple[str, ...] = ()) -> None:
        ready = self.data / "run" / "relay.json"
        ready.unlink(missing_ok=True)
        words = [sys.executable, "-m", "hinomi.cli.main", "relay", "run", "--data", str(self.data)]
        command = self.network.inside(self.network.box, *prefix, *words, *arguments)
        with (self.data / "relay.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(ready.exists, self.log)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def log(self) -> str:
        return (self.data / "relay.log").read_text(errors="replace")

    def status(self) -> dict[str, Any]:
        words = [sys.executable, "-m", "hinomi.cli.main", "relay", "status"]
        command = self.network.inside(self.network.box, *words, "--data", str(self.data))
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        told: dict[str, Any] = json.loads(said.stdout or "{}")
        return told

    def hear(self, port: int, first: int, last: int, *, count: int) -> None:
        """The device sends lines; returns when the relay has so many since its start."""
        words = [sys.executable, "-c", _SENDER, _LAN, str(port), str(first), str(last)]
        subprocess.run(self.network.inside(self.network.device, *words), check=True)
        wait_for(lambda: self.status().get("heard") == {"aoi_lan": count}, self.log)


def test_the_uplink_is_cut_and_restored_and_nothing_is_lost_or_doubled(
    folder: Collect, tmp_path: Path, network: Network
) -> None:
    made = add_relay(folder, tmp_path / "relay", company="aoi")
    port = made.ports["aoi_lan"]
    folder.start("--host", _TOWER, "--ingest-port", str(free_port()))
    enrol(made, folder, company="aoi")
    box = Box(network, made.data)
    try:
        box.start()
        wait_for(lambda: (made.data / "listening.json").exists(), box.log)
        time.sleep(1.5)  # until its ports are open
        box.hear(port, 0, 200, count=200)
        network.cut()
        box.hear(port, 200, 400, count=400)
        box.kill()
        box.start()
        box.hear(port, 400, 600, count=200)
        wait_for(lambda: box.status()["waiting"] >= 200, box.log)
        network.restore()
        box.hear(port, 600, 800, count=400)
        wait_for(lambda: box.status()["waiting"] == 0, box.log)
    finally:
        box.kill()
    brought = [each.raw for each in folder.records() if each.source == "aoi_lan"]
    assert Counter(brought) == Counter(b"<13>line %d" % number for number in range(800))
    assert {each.organisation for each in folder.records()} == {"org_aoi"}
    peers = {each.peer.rpartition(":")[0] for each in folder.records() if each.source == "aoi_lan"}
    assert peers == {_DEVICE}
