"""Open TLS connections on one shared port: memory, handshakes a second, and that each one's lines
arrive. Senders are a process of their own, each connection with a line now and then."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
from tests.collect.certificates import make_pair

from benchmarks.ingest import ROOT, collect_process
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.ids import PARTITIONS
from hinomi.store.directory import publish
from hinomi.store.log import SqliteLogReader

SAYS = "open TLS connections: handshakes a second, memory, lines lost"
CONNECTIONS = 5_000
LINES_EACH = 3
_AT_ONCE = 50
_SERIAL = "FGT40FBENCH"


def run(connections: int = CONNECTIONS) -> dict[str, Any]:
    """`is_missed` when a connection is refused or a line is lost."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        pair = make_pair(data, "tower")
        tls = ("--certificate", str(pair.certificate), "--key", str(pair.key))
        publish(_directory(), data=data)
        with collect_process(data, "--syslog-port", "0", *tls) as (process, _):
            syslog = json.loads((data / "run" / "collect.json").read_text())["syslog"]
            idle_mb = psutil.Process(process.pid).memory_info().rss / 1e6
            told = _send_elsewhere(syslog, connections)
            stored = _stored(data, at_least=told["sent"])
            open_mb = told.pop("rss") and psutil.Process(process.pid).memory_info().rss / 1e6
    lost = connections * LINES_EACH - stored
    return {
        **told,
        "lost": lost,
        "collect_rss_mb": round(open_mb, 1),
        "kib_per_connection": round((open_mb - idle_mb) * 1e6 / 1024 / connections, 1),
        "is_missed": lost > 0 or told["open"] < connections,
    }


def _send_elsewhere(syslog: str, connections: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tls", syslog, str(connections)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


async def hold(host: str, port: int, connections: int) -> dict[str, Any]:
    """Open all, then let each send its lines while all are open."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    gate = asyncio.Semaphore(_AT_ONCE)

    async def connect() -> asyncio.StreamWriter:
        async with gate:
            _, writer = await asyncio.open_connection(host, port, ssl=context, limit=1024)
            return writer

    began = time.monotonic()
    made = await asyncio.gather(*(connect() for _ in range(connections)), return_exceptions=True)
    took_s = time.monotonic() - began
    writers = [each for each in made if isinstance(each, asyncio.StreamWriter)]
    sent = 0
    for _ in range(LINES_EACH):
        for number, writer in enumerate(writers):
            writer.write(f'<189>devid="{_SERIAL}" connection={number} type=traffic\n'.encode())
            sent += 1
        await asyncio.gather(*(writer.drain() for writer in writers))
        await asyncio.sleep(1)
    return {
        "open": len(writers),
        "handshakes_per_s": round(len(writers) / took_s),
        "sent": sent,
        "rss": psutil.Process().memory_info().rss,
    }


def _stored(data: Path, *, at_least: int) -> int:
    deadline = time.monotonic() + 10
    while True:
        with closing(SqliteLogReader(data / "log")) as reader:
            chunks = reader.read(offsets=dict.fromkeys(range(PARTITIONS), 0), limit=10**9)
            found = sum(len(chunk.records) for chunk in chunks)
        if found >= at_least or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _directory() -> Directory:
    source = Source("src", "org", "fortigate", "UTM", serials=(_SERIAL,))
    return Directory(organisations=(Organisation("org", "会社"),), sources=(source,))


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    print(json.dumps(asyncio.run(hold(host, int(port), int(sys.argv[2])))))
