"""Datagrams per second without loss: sent at a steady rate to sources' own ports, then counted in
the log. A sender in a process of its own; what is lost is what was sent and is not stored."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
from tests.ports import free_port

from benchmarks.ingest import ROOT, collect_process
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.ids import PARTITIONS
from hinomi.store.directory import publish
from hinomi.store.log import SqliteLogReader

SAYS = "datagrams a second without loss, to the log"
RATES = (10_000, 40_000)
GOAL = 40_000
SECONDS = 5.0
PORTS = 4
_TICK_S = 0.002
_PATIENCE_S = 20.0


def run() -> dict[str, Any]:
    """Lost datagrams at each rate; `is_missed` when any is lost at the goal."""
    figures: dict[str, Any] = {"ports": PORTS, "datagram_bytes": len(_line(0))}
    for rate in RATES:
        figures |= _measure(rate)
    return {**figures, "is_missed": figures[f"lost_at_{GOAL}"] > 0}


def _measure(rate: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        ports = [free_port() for _ in range(PORTS)]
        publish(_directory(ports), data=data)
        with collect_process(data) as (process, _):
            before = psutil.Process(process.pid).cpu_times()
            sent, took_s = _send_elsewhere(ports, rate)
            stored = _stored(data, at_least=sent)
            after = psutil.Process(process.pid).cpu_times()
            rss = psutil.Process(process.pid).memory_info().rss
    cpu_s = after.user + after.system - before.user - before.system
    return {
        f"sent_per_s_at_{rate}": round(sent / took_s),
        f"lost_at_{rate}": sent - stored,
        f"cpu_us_per_datagram_at_{rate}": round(cpu_s / sent * 1e6, 1),
        f"collect_rss_mb_at_{rate}": round(rss / 1e6, 1),
    }


def _send_elsewhere(ports: list[int], rate: int) -> tuple[int, float]:
    command = [sys.executable, "-m", "benchmarks.udp", str(rate), *map(str, ports)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    sent, took_s = json.loads(done.stdout)
    return sent, took_s


def send_at(rate: int, ports: list[int]) -> tuple[int, float]:
    """Send evenly, a tick's worth at a time; (datagrams, seconds)."""
    lines = [_line(number) for number in range(1000)]
    sockets = [socket.socket(type=socket.SOCK_DGRAM) for _ in ports]
    for sock, port in zip(sockets, ports, strict=True):
        sock.connect(("127.0.0.1", port))
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < SECONDS:
        while sent < passed * rate:
            sockets[sent % len(sockets)].send(lines[sent % 1000])
            sent += 1
        time.sleep(_TICK_S)
    took_s = time.monotonic() - began
    for sock in sockets:
        sock.close()
    return sent, took_s


def _stored(data: Path, *, at_least: int) -> int:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        with closing(SqliteLogReader(data / "log")) as reader:
            chunks = reader.read(offsets=dict.fromkeys(range(PARTITIONS), 0), limit=10**9)
            found = sum(len(chunk.records) for chunk in chunks)
        if found >= at_least or time.monotonic() > deadline:
            return found
        time.sleep(0.5)
        deadline = min(deadline, time.monotonic() + 3.0)  # nothing comes any more


def _directory(ports: list[int]) -> Directory:
    return Directory(
        organisations=tuple(Organisation(f"org_{n}", f"会社{n}") for n in range(len(ports))),
        sources=tuple(
            Source(f"src_{n}", f"org_{n}", "fortigate", "UTM", port=port)
            for n, port in enumerate(ports)
        ),
    )


def _line(number: int) -> bytes:
    return (
        f"<189>date=2026-11-21 time=09:{number % 60:02}:00 devname=FGT-{number % 7}"
        f" logid=0000000013 type=traffic subtype=forward"
        f" srcip=192.0.2.{number % 250} srcport={40000 + number}"
        f" dstip=198.51.100.{number % 200} dstport=443 action=accept sentbyte={number * 37}"
    ).encode()


if __name__ == "__main__":
    print(json.dumps(send_at(int(sys.argv[1]), [int(port) for port in sys.argv[2:]])))
