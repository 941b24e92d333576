"""Syslog over real sockets: UDP and TCP, the shared listener and each source's own port."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import SetAsideReason
from hinomi.store.unknown import UnknownLine, UnknownStore

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
HOST = "127.0.0.1"


def udp(address: tuple[str, int], *datagrams: bytes, from_address: str = HOST) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.bind((from_address, 0))
        for datagram in datagrams:
            sender.sendto(datagram, address)


def tcp(address: tuple[str, int], *parts: bytes, from_address: str = HOST) -> None:
    with socket.create_connection(address, source_address=(from_address, 0)) as sender:
        for part in parts:
            sender.sendall(part)
            time.sleep(0.01)


def by_raw(collect: Collect, count: int) -> dict[bytes, str]:
    return {record.raw: record.source for record in collect.records(at_least=count)}


def test_own_ports_take_udp_and_tcp_and_need_nothing_in_the_record(collect: Collect) -> None:
    udp((HOST, collect.aoi_port), b"<174>[DHCPD] LAN1 udp\n")
    tcp((HOST, collect.aoi_port), b"<174>[DHCPD] LAN1 tcp\n")
    udp((HOST, collect.fumi_port), b"\x83\x8d\x83O no priority")
    assert by_raw(collect, 3) == {
        b"<174>[DHCPD] LAN1 udp": "aoi_port",
        b"<174>[DHCPD] LAN1 tcp": "aoi_port",
        b"\x83\x8d\x83O no priority": "fumi_port",
    }
    assert {r.source: r.organisation for r in collect.records()} == {
        "aoi_port": "org_aoi",
        "fumi_port": "org_fumi",
    }


def test_companies_behind_one_address_stay_apart_on_the_shared_listener(collect: Collect) -> None:
    tcp(
        collect.syslog,
        b'date=2026-11-21 devid="FGT40FAOI" msg="aoi"\n'
        b'date=2026-11-21 devid="FGT40FFUMI" msg="fumi"\n'
        b'date=2026-11-21 devid="FGT40FNOBODY" msg="nobody"\n'
        b"no serial\n",
    )
    udp(collect.syslog, b'<189>devid="FGT40FFUMI" udp')
    assert by_raw(collect, 3) == {
        b'date=2026-11-21 devid="FGT40FAOI" msg="aoi"': "aoi_utm",
        b'date=2026-11-21 devid="FGT40FFUMI" msg="fumi"': "fumi_utm",
        b'<189>devid="FGT40FFUMI" udp': "fumi_utm",
    }
    time.sleep(0.2)
    assert len(collect.records()) == 3


def test_a_declared_address_identifies_on_the_private_listener(collect: Collect) -> None:
    udp(collect.syslog, b"<13>from nine", from_address="127.0.0.9")
    tcp(collect.syslog, b"<13>from nine by tcp\n", from_address="127.0.0.9")
    udp(collect.syslog, b'devid="FGT40FFUMI" another company from nine', from_address="127.0.0.9")
    assert set(by_raw(collect, 2).values()) == {"aoi_address"}
    time.sleep(0.2)
    assert len(collect.records()) == 2


def test_unknown_senders_reach_no_company_but_the_staff(collect: Collect) -> None:
    udp(collect.syslog, b"<13>who am I", from_address="127.0.0.77")
    deadline = time.monotonic() + 5
    lines: list[UnknownLine] = []
    with closing(UnknownStore(collect.data)) as store:
        while not lines and time.monotonic() < deadline:
            time.sleep(0.1)
            lines = store.lines(now=datetime.now(UTC))
    assert [(each.address, each.line, each.reason) for each in lines] == [
        ("127.0.0.77", b"<13>who am I", "unknown_sender")
    ]
    assert collect.records() == []


def test_framings_are_told_apart_per_connection_at_the_same_time(collect: Collect) -> None:
    def lines(name: int) -> list[bytes]:
        return [f"<13>sender {name} line {number}".encode() for number in range(50)]

    def stream(name: int) -> bytes:
        if name % 3 == 0:
            return b"".join(b"%d %s" % (len(line), line) for line in lines(name))
        return b"".join(line + (b"\n" if name % 3 == 1 else b"\0") for line in lines(name))

    def send(name: int) -> None:
        content = stream(name)
        parts = [content[at : at + 700] for at in range(0, len(content), 700)]
        tcp((HOST, collect.aoi_port), *parts)

    threads = [threading.Thread(target=send, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [record.raw for record in collect.records(at_least=300)]
    assert sorted(kept) == sorted(line for name in range(6) for line in lines(name))
    for name in range(6):
        mine = [raw for raw in kept if raw.startswith(b"<13>sender %d " % name)]
        assert mine == lines(name)


def test_a_huge_line_is_cut_and_marked_and_half_frames_are_kept(collect: Collect) -> None:
    tcp((HOST, collect.aoi_port), b"x" * 10_000_000 + b"\n", b"<13>after\n", b"<13>no end")
    records = collect.records(at_least=3)
    assert [len(record.raw) for record in records] == [65536, 9, 10]
    assert records[0].frame_fault is SetAsideReason.TOO_LARGE
    tcp((HOST, collect.fumi_port), b"100 <13>half")
    (half,) = [r for r in collect.records(at_least=4) if r.source == "fumi_port"]
    assert (half.raw, half.frame_fault) == (b"<13>half", SetAsideReason.BROKEN_FRAME)


def test_a_list_in_one_line_or_datagram_becomes_a_record_for_each_entry(collect: Collect) -> None:
    line = b'{"records":[{"a":1},{"b":2}]}'
    with socket.create_connection(("127.0.0.1", collect.aoi_port), timeout=10) as connection:
        connection.sendall(line + b"\n" + b'[{"c":3},{"d":4}]\n')
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendto(line, ("127.0.0.1", collect.aoi_port))
    entries = sorted(record.raw for record in collect.records(at_least=6))
    assert entries == [b'{"a":1}', b'{"a":1}', b'{"b":2}', b'{"b":2}', b'{"c":3}', b'{"d":4}']


def test_a_burst_of_datagrams_arrives_whole(collect: Collect) -> None:
    udp((HOST, collect.aoi_port), *(b"<13>burst %d" % number for number in range(2000)))
    assert len(by_raw(collect, 2000)) == 2000


def test_ports_follow_the_directory(collect: Collect) -> None:
    collect.change(id="aoi_port", is_revoked=True)
    deadline = time.monotonic() + 5
    while _is_open(collect.aoi_port):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    collect.change(id="aoi_port", is_revoked=False)
    while not _is_open(collect.aoi_port):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    tcp((HOST, collect.aoi_port), b"<13>back again\n")
    assert by_raw(collect, 1) == {b"<13>back again": "aoi_port"}


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_a_port_that_is_taken_is_told_and_opened_once_it_is_free(folder: Collect) -> None:
    with socket.socket() as squatter:
        squatter.bind((HOST, folder.aoi_port))
        squatter.listen()
        folder.start()
        status, told = folder.get("/readyz")
        assert status == 200
        assert str(folder.aoi_port) in json.loads(told)["warnings"][0]
    deadline = time.monotonic() + 10
    while json.loads(folder.get("/readyz")[1])["warnings"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    udp((HOST, folder.aoi_port), b"<13>open now")
    assert by_raw(folder, 1) == {b"<13>open now": "aoi_port"}


def test_a_stop_keeps_what_an_open_connection_brought(collect: Collect) -> None:
    with socket.create_connection((HOST, collect.aoi_port)) as sender:
        sender.sendall(b"<13>whole\n<13>half")
        collect.records(at_least=1)
        assert collect.stop() == 0
    assert [record.raw for record in collect.records()] == [b"<13>whole", b"<13>half"]


def test_the_process_stays_small_and_loads_nothing_heavy(collect: Collect) -> None:
    for _ in range(20):
        collect.post(b"\n".join(b'{"a":"%d"}' % number for number in range(5000)))
    assert collect.process is not None
    with open(f"/proc/{collect.process.pid}/maps") as file:  # noqa: PTH123
        loaded = file.read()
    assert not [heavy for heavy in ("pyarrow", "duckdb", "evtx") if heavy in loaded]
    with open(f"/proc/{collect.process.pid}/status") as file:  # noqa: PTH123
        peak_kb = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    assert peak_kb < 90_000


def test_a_second_collect_on_the_same_folder_is_refused(collect: Collect) -> None:
    first = collect.process
    with pytest.raises(AssertionError, match="another collect"):
        collect.start()
    assert first is not None
    os.kill(first.pid, 0)
    first.kill()
    first.wait()
