"""The relay as a process, with the tower's collect: nothing that reached its disk is lost or
doubled, whatever is cut or killed, and no record goes to another company."""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.collect.relays import Relay, add_relay, enrol, wait_for
from tests.ports import free_port

from hinomi.store.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets


@pytest.fixture
def relays(folder: Collect, tmp_path: Path) -> Iterator[dict[str, Relay]]:
    """One of each company, enrolled; the tower has a fixed port, so that it can come back."""
    companies = ("aoi", "fumi")
    made = {each: add_relay(folder, tmp_path / each, company=each) for each in companies}
    folder.start("--ingest-port", str(free_port()))
    for company, relay in made.items():
        enrol(relay, folder, company=company)
    yield made
    for relay in made.values():
        relay.kill()


@pytest.fixture
def relay(relays: dict[str, Relay]) -> Relay:
    return relays["aoi"]


@pytest.fixture
def tower(folder: Collect, relays: dict[str, Relay]) -> Collect:
    return folder


def come_back(tower: Collect) -> None:
    port = tower.endpoints["ingest"].split(":")[2].partition("/")[0]
    tower.start("--ingest-port", port)


def brought(tower: Collect, source: str = "aoi_lan") -> list[bytes]:
    return [each.raw for each in tower.records() if each.source == source]


def lines(start: int, end: int, *, word: str = "line") -> list[bytes]:
    return [f"<13>{word} {number}".encode() for number in range(start, end)]


def is_listening(relay: Relay) -> None:
    """Its list of sources arrived and their ports are open."""
    wait_for(lambda: "中継機" in relay.page() and "ルーター" in relay.page(), relay.log)
    wait_for(lambda: is_open(relay), relay.log)


def is_open(relay: Relay) -> bool:
    """The port of its source."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", next(iter(relay.ports.values())))) == 0


def test_what_a_device_says_is_at_the_tower_and_the_relay_tells_how_it_does(
    tower: Collect, relay: Relay
) -> None:
    relay.start()
    is_listening(relay)
    relay.send("aoi_lan", *lines(0, 3))
    with socket.create_connection(("127.0.0.1", relay.ports["aoi_lan"])) as stream:
        stream.sendall(b"".join(line + b"\n" for line in lines(3, 6)))
    wait_for(lambda: len(brought(tower)) == 6, relay.log)
    assert sorted(brought(tower)) == lines(0, 6)
    record = next(each for each in tower.records() if each.source == "aoi_lan")
    assert record.organisation == "org_aoi"
    assert record.heard_at is not None
    assert record.heard_at <= record.receive_time
    status = relay.wait(lambda told: told["waiting"] == 0 and told["sent"] == 6)
    assert status["heard"] == {"aoi_lan": 6}
    assert "ルーター：6件" in relay.page()
    wait_for(lambda: bool(brought(tower, "aoi_relay")), relay.log)
    beat = json.loads(brought(tower, "aoi_relay")[0])
    assert (beat["hinomi"], beat["dropped"], abs(beat["clock_offset_s"]) < 5) == ("relay", 0, True)
    assert relay.stop() == 0
    goodbye = json.loads(brought(tower, "aoi_relay")[-1])
    assert (goodbye["hinomi"], goodbye["reason"]) == ("goodbye", "restart")


def test_without_a_line_it_keeps_and_after_kills_brings_each_record_once(
    tower: Collect, relay: Relay
) -> None:
    """The line is cut twice and the relay killed while it is; the tower is killed as well."""
    relay.start()
    is_listening(relay)
    relay.send("aoi_lan", *lines(0, 50))
    relay.wait(lambda told: told["heard"] == {"aoi_lan": 50})
    tower.kill()
    relay.send("aoi_lan", *lines(50, 100))
    relay.wait(lambda told: told["heard"] == {"aoi_lan": 100})
    relay.kill()
    relay.start()  # still without a line: it listens to what it knew
    is_listening(relay)
    relay.send("aoi_lan", *lines(100, 150))
    relay.wait(lambda told: told["heard"] == {"aoi_lan": 50} and told["trouble"] != "")
    come_back(tower)
    relay.wait(lambda told: told["waiting"] == 0 and told["trouble"] == "")
    counted = Counter(brought(tower))
    assert counted == Counter(lines(0, 150))


@pytest.mark.parametrize(
    "point",
    [
        "spool:before-commit:2",
        "spool:after-commit:2",
        "relay:before-send:2",
        "relay:after-answer:2",
        "spool:before-forget:2",
    ],
)
def test_a_kill_at_any_step_loses_and_doubles_nothing_that_reached_the_spool(
    tower: Collect, relay: Relay, point: str
) -> None:
    relay.start("--crash-at", point)
    is_listening(relay)
    relay.send("aoi_lan", b"<13>first")
    wait_for(lambda: brought(tower) == [b"<13>first"], relay.log)
    relay.send("aoi_lan", b"<13>second")
    relay.wait_until_dead()
    spool = Spool(relay.data, limit_bytes=10**6)
    kept = spool.state().records
    spool.close()
    assert kept == (0 if point.startswith("spool:before-commit") else 1)
    relay.start()
    relay.wait(lambda told: told["waiting"] == 0 and told["trouble"] == "")
    expected = [b"<13>first", b"<13>second"][: 1 + kept]
    wait_for(lambda: len(brought(tower)) >= len(expected), relay.log)
    assert brought(tower) == expected


def test_a_revoked_relay_listens_no_more_within_five_seconds_and_says_so(
    tower: Collect, relay: Relay
) -> None:
    relay.start()
    is_listening(relay)
    tower.change(id="aoi_relay", is_revoked=True)
    began = time.monotonic()
    relay.wait(lambda told: told["is_refused"] and not told["is_open"])
    assert time.monotonic() - began < 6.5  # a second of it until collect knows
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", relay.ports["aoi_lan"])) != 0
    assert "サービスの側で止められています" in relay.page()
    tower.change(id="aoi_relay", is_revoked=False)
    relay.wait(lambda told: told["is_open"] and not told["is_refused"])
    is_listening(relay)


def test_two_companies_behind_one_address_never_mix(
    tower: Collect, relays: dict[str, Relay]
) -> None:
    """Both relays have the same address, inside and out; each is cut off, killed, and comes back
    in the other's order."""
    for company, relay in relays.items():
        relay.start()
        is_listening(relay)
        relay.send(f"{company}_lan", *lines(0, 9, word=company))
        relay.wait(lambda told: sum(told["heard"].values()) == 9)
    tower.kill()
    for company, relay in relays.items():
        relay.send(f"{company}_lan", *lines(9, 18, word=company))
        relay.wait(lambda told: sum(told["heard"].values()) == 18)
        relay.kill()
    come_back(tower)
    for relay in reversed(relays.values()):
        relay.start()
        relay.wait(lambda told: told["waiting"] == 0 and not told["trouble"])
    for company in relays:
        found = [each for each in tower.records() if each.organisation == f"org_{company}"]
        raws = [each.raw for each in found if each.source == f"{company}_lan"]
        assert Counter(raws) == Counter(lines(0, 18, word=company))


def test_a_withdrawn_consent_stops_a_source_behind_a_relay_and_no_other_company_s(
    tower: Collect, relays: dict[str, Relay]
) -> None:
    """Also what waited in the spool: it is refused, and the relay keeps it no longer."""
    for company, relay in relays.items():
        relay.start()
        is_listening(relay)
        relay.send(f"{company}_lan", *lines(0, 3, word=company))
    wait_for(lambda: len(brought(tower)) == 3, relays["aoi"].log)
    aoi, fumi = relays.values()
    tower.kill()
    aoi.send("aoi_lan", *lines(3, 6, word="aoi"))
    aoi.wait(lambda told: told["waiting"] >= 3)
    for each in ("aoi_relay", "aoi_lan"):
        tower.change(id=each, awaits_consent=True)
    come_back(tower)
    told = aoi.wait(lambda told: told["waiting"] == 0 and told["awaits_consent"])
    assert told["refused_records"] >= 3
    aoi.wait(lambda told: not told["is_open"])
    assert not is_open(aoi)
    assert "見守りの同意がまだないため" in aoi.page()
    fumi.send("fumi_lan", *lines(3, 6, word="fumi"))
    wait_for(lambda: len(brought(tower, "fumi_lan")) == 6, fumi.log)
    assert brought(tower) == lines(0, 3, word="aoi")
    for each in ("aoi_relay", "aoi_lan"):
        tower.change(id=each, awaits_consent=False)
    is_listening(aoi)
    tower.change(id="aoi_lan", awaits_consent=True)
    began = time.monotonic()
    wait_for(lambda: not is_open(aoi), aoi.log)
    assert time.monotonic() - began < 6.5  # a second of it until collect knows
    assert aoi.status()["is_open"]
    assert {each.organisation for each in tower.records() if b"aoi" in each.raw} == {"org_aoi"}


def test_a_try_of_the_relay_itself_comes_back_by_itself(tower: Collect, relay: Relay) -> None:
    relay.start()
    is_listening(relay)
    tower.change(id="aoi_relay", awaited_try="shiken-abcdefgh")

    def has_come() -> bool:
        return any(b"shiken-abcdefgh" in raw for raw in brought(tower, "aoi_relay"))

    wait_for(has_come, relay.log)


def test_a_sender_nobody_named_is_told_and_becomes_no_record(tower: Collect, relay: Relay) -> None:
    relay.start()
    is_listening(relay)
    host, _, port = relay.ready["syslog"].rpartition(":")
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"<13>who am i", (host, int(port)))
    told = relay.wait(lambda told: bool(told["strangers"]))
    assert told["strangers"] == ["127.0.0.1"]
    assert "登録のない機器（127.0.0.1）" in relay.page()
    assert brought(tower) == []
    assert told["waiting"] == 0


def test_it_is_small(tower: Collect, relay: Relay) -> None:
    """80 MB, and next to nothing of a core while nothing happens."""
    relay.start()
    is_listening(relay)
    relay.send("aoi_lan", *lines(0, 2_000))
    relay.wait(lambda told: told["waiting"] == 0)
    assert relay.process is not None
    time.sleep(0.5)
    before = _cpu_s(relay.process.pid)
    time.sleep(3)
    spent_s = _cpu_s(relay.process.pid) - before
    assert spent_s / 3 <= 0.05
    assert _peak_bytes(relay.process.pid) <= 80_000_000


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _peak_bytes(pid: int) -> int:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    row = next(line for line in rows if line.startswith("VmHWM"))
    return int(row.split()[1]) * 1024
