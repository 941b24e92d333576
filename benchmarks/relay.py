"""The relay beside a tower: memory, CPU while nothing happens and per record, and what is lost of a
steady stream of datagrams while the line to the tower is cut and comes back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
from tests.ports import free_port

from benchmarks.ingest import ROOT, collect_process
from hinomi.collect.identity import token_sha256
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.ids import PARTITIONS
from hinomi.pipeline.relay.place import Brought, Enrolled, Listening, keep_enrolled, keep_listening
from hinomi.store.directory import publish
from hinomi.store.log import SqliteLogReader

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS = "the relay: memory, CPU idle and per record, records lost when the line is cut"
RATE, SECONDS, IDLE_S = 500, 10.0, 10.0
_TOKEN = "relay-token"
_LINE = b"<134>" + b"x" * 250
_PATIENCE_S = 60.0


def run() -> dict[str, Any]:
    """`is_missed`: above 80 MB, above 5 % of a core while idle, or a record lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        data, box = Path(folder) / "tower", Path(folder) / "box"
        data.mkdir()
        port, ingest = free_port(), free_port()
        publish(_directory(port), data=data)
        address = f"http://127.0.0.1:{ingest}/ingest/v1/relay"
        keep_enrolled(box, Enrolled("relay", address, _TOKEN))
        keep_listening(box, Listening("relay", "relay", (Brought("router", "", "auto", port),)))
        with _relay(box) as relay:
            first = _send(port, start=0)  # the tower is not there yet
            waiting = _status(box)["waiting"]
            with collect_process(data, "--ingest-port", str(ingest)):
                _wait_empty(box)
                return {"waited": waiting, **_measured(relay, box, port, data, first)}


def _measured(
    relay: psutil.Process, box: Path, port: int, data: Path, first: int
) -> dict[str, Any]:
    before = _cpu_s(relay)
    sent = _send(port, start=first)
    _wait_empty(box)
    per_record_us = (_cpu_s(relay) - before) / sent * 1e6
    time.sleep(1)
    before = _cpu_s(relay)
    time.sleep(IDLE_S)
    idle = (_cpu_s(relay) - before) / IDLE_S
    peak = relay.memory_info().rss
    raws = _stored(data)
    lost, doubled = first + sent - len(set(raws)), len(raws) - len(set(raws))
    return {
        "sent": first + sent,
        "lost": lost,
        "doubled": doubled,
        "cpu_us_per_record": round(per_record_us, 1),
        "idle_cpu_percent": round(idle * 100, 2),
        "rss_mb": round(peak / 1e6, 1),
        "is_missed": bool(lost or doubled or peak > 80e6 or idle > 0.05),
    }


def _directory(port: int) -> Directory:
    sources = (
        Source("relay", "org", "relay", "relay", token_sha256=token_sha256(_TOKEN)),
        Source("router", "org", "auto", "router", relay="relay", relay_port=port),
    )
    return Directory(1, (Organisation("org", "org"),), sources)


@contextmanager
def _relay(box: Path) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "hinomi.cli.main", "relay", "run", "--data", str(box)]
    command += ["--host", "127.0.0.1", "--port", "0"]
    command += ["--status-host", "127.0.0.1", "--status-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            while not (box / "run" / "relay.json").exists():
                time.sleep(0.05)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _send(port: int, *, start: int) -> int:
    """At a steady rate; how many."""
    count = int(RATE * SECONDS)
    began = time.monotonic()
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        for number in range(count):
            sock.sendto(b"%s %d" % (_LINE, start + number), ("127.0.0.1", port))
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
    time.sleep(1)  # until the spool has the last
    return count


def _status(box: Path) -> dict[str, Any]:
    told = json.loads((box / "run" / "relay.json").read_text())
    with closing(HTTPConnection(urlsplit(told["status"]).netloc, timeout=5)) as asked:
        asked.request("GET", "/status.json")
        found: dict[str, Any] = json.load(asked.getresponse())
    return found


def _wait_empty(box: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while _status(box)["waiting"] and time.monotonic() < deadline:
        time.sleep(0.2)


def _stored(data: Path) -> list[bytes]:
    with closing(SqliteLogReader(data / "log")) as reader:
        chunks = reader.read(offsets=dict.fromkeys(range(PARTITIONS), 0), limit=10**9)
        found = [logged.record for chunk in chunks for logged in chunk.records]
    return [each.raw for each in found if each.source == "router"]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
