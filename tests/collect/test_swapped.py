"""Two companies behind one public address, and two whose addresses were swapped overnight: not one
record is in the wrong company; what cannot be told apart waits with the unknown senders."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.collect.certificates import Pair, make_pair
from tests.collect.conftest import PATIENCE_S, Collect
from tests.ports import free_port

from hinomi.core.directory import Directory, Organisation, Source
from hinomi.store.directory import publish
from hinomi.store.unknown import UnknownStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sockets
HOME = {"aoi": "127.0.0.11", "fumi": "127.0.0.12"}  # the lease of the evening
SWAPPED = {"aoi": HOME["fumi"], "fumi": HOME["aoi"]}
EACH = 10


class Night:
    """The town, and its devices sending by every way that syslog has."""

    def __init__(self, folder: Path) -> None:
        self.collect = Collect(folder)
        self.ports = {company: free_port() for company in HOME}
        self.pairs: dict[str, Pair] = {company: make_pair(folder, company) for company in HOME}
        self.ours = make_pair(folder, "tower")
        sources = [source for company in HOME for source in self._sources(company)]
        organisations = tuple(Organisation(company, company) for company in HOME)
        publish(Directory(organisations=organisations, sources=tuple(sources)), data=folder)

    def _sources(self, company: str) -> list[Source]:
        serials = (f"UTM-{company.upper()}-1",)
        pem = (self.pairs[company].pem,)
        return [
            Source(f"{company}_port", company, "syslog", "", port=self.ports[company]),
            Source(f"{company}_serial", company, "syslog", "", serials=serials),
            Source(f"{company}_certificate", company, "syslog", "", certificates=pem),
            Source(f"{company}_address", company, "syslog", "", addresses=(HOME[company],)),
        ]

    def start(self) -> None:
        files = ("--certificate", str(self.ours.certificate), "--key", str(self.ours.key))
        self.collect.start(*files)

    def send(self, leases: dict[str, str], when: str) -> None:
        """Both companies' devices in turn, from the addresses they have now."""
        for number in range(EACH):
            for company, address in leases.items():
                for port, line in self._lines(company, f"{company} {when} {number}"):
                    with socket.socket(type=socket.SOCK_DGRAM) as device:
                        device.bind((address, 0))
                        device.sendto(line.encode(), ("127.0.0.1", port))
        for company, address in leases.items():
            self._by_tls(company, address, f"{company} {when} by certificate")

    def _lines(self, company: str, text: str) -> list[tuple[int, str]]:
        shared, name = self.collect.syslog[1], company.upper()
        head = f"<13>Nov 20 18:00:00 {company}-nas app:"
        return [
            (self.ports[company], f"<13>{text} by own port"),
            (shared, f'<189>devid="UTM-{name}-1" msg="{text} by serial"'),
            (shared, f'<189>devid="UTM-{name}-2" msg="{text} by a serial nobody registered"'),
            (shared, f"{head} {text} by address, with a host name"),
            (shared, f"<13>{text} by address alone"),
        ]

    def _by_tls(self, company: str, address: str, text: str) -> None:
        trust = ssl.create_default_context(cafile=str(self.ours.certificate))
        trust.load_cert_chain(self.pairs[company].certificate, self.pairs[company].key)
        plain = socket.create_connection(self.collect.syslog, source_address=(address, 0))
        with trust.wrap_socket(plain, server_hostname="127.0.0.1") as device:
            device.sendall(f"<13>{text}\n".encode())
            device.unwrap().close()

    def strangers(self) -> list[tuple[str, str]]:
        """(reason, line) of what nobody got."""
        with closing(UnknownStore(self.collect.data)) as store:
            lines = store.lines(now=datetime.now(UTC))
        return [(each.reason, each.line.decode()) for each in lines]

    def kept(self, when: str, *, at_least: int) -> Counter[str]:
        """How many of each way, once there are as many; every one at its own company."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            records = [r for r in self.collect.records() if f" {when} ".encode() in r.raw]
            assert all(f"{r.organisation} {when} ".encode() in r.raw for r in records)
            if len(records) >= at_least:
                time.sleep(0.3)  # nothing more may come
                return Counter(r.source.partition("_")[2] for r in records)
            assert time.monotonic() < deadline, (len(records), self.collect.log())
            time.sleep(0.05)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


ALL = {"port": 2 * EACH, "serial": 2 * EACH, "certificate": 2}


def test_addresses_swapped_overnight_put_nothing_into_the_wrong_company(night: Night) -> None:
    """The tower is killed in between: what it knew of the devices must outlive that."""
    night.start()
    night.send(HOME, "evening")
    assert night.kept("evening", at_least=10 * EACH + 2) == {**ALL, "address": 6 * EACH}
    time.sleep(1.5)  # what was learnt is written once a second
    night.collect.kill()
    night.start()
    night.send(SWAPPED, "morning")
    # By port and certificate: as before. A registered serial at the other's address: nobody's.
    assert night.kept("morning", at_least=2 * EACH + 2) == {"port": 2 * EACH, "certificate": 2}
    time.sleep(1.5)
    waiting = Counter(reason for reason, line in night.strangers() if " morning " in line)
    assert waiting == {"address_moved": 8 * EACH}
    warned = night.collect.data / "run" / "acquainted.json"
    assert set(json.loads(warned.read_text())["doubts"]) == set(HOME.values())
    night.collect.kill()


def test_two_companies_behind_one_address_are_told_apart_or_nobodys(night: Night) -> None:
    night.start()
    night.send(dict.fromkeys(HOME, "127.0.0.13"), "nat")  # an address nobody declared
    assert night.kept("nat", at_least=4 * EACH + 2) == ALL
    time.sleep(1.2)
    waiting = Counter(reason for reason, _ in night.strangers())
    assert waiting == {"unknown_sender": min(100, 6 * EACH)}
    night.collect.kill()
