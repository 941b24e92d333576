"""Durable HTTP events per second: answered 2xx means fsynced, so that is what is counted.

One collect process, a few senders on kept connections in a process of their own; then the whole
walk of `journey` (events per second to findings, seconds from event to mail).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks import journey
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.store.directory import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS = "durable HTTP events per second, then the whole walk to findings and mail"
ROOT = Path(__file__).parents[1]
SECONDS = 6.0
CONNECTIONS = 4
SOURCES = 20
BATCHES = (100, 500)
ACKNOWLEDGE_MS = 50.0  # architecture §2, p99


def run() -> dict[str, Any]:
    """Figures for each batch size; `is_missed` when the p99 of an answer is over its budget."""
    figures: dict[str, Any] = {"connections": CONNECTIONS, "event_bytes": len(_event(0))}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        publish(directory(), data=data)
        with collect_process(data) as (process, endpoint):
            for batch in BATCHES:
                figures |= _measure(endpoint, batch=batch)
            figures["collect_rss_mb"] = round(
                psutil.Process(process.pid).memory_info().rss / 1e6, 1
            )
    is_slow = any(figures[f"answer_p99_ms_{n}"] > ACKNOWLEDGE_MS for n in BATCHES)
    walk = journey.run()
    return {**figures, **walk, "is_missed": is_slow or walk["is_missed"]}


def _measure(endpoint: str, *, batch: int) -> dict[str, Any]:
    """The load runs in a process of its own: threads of ours would share collect's measure."""
    command = [sys.executable, "-m", "benchmarks.ingest", endpoint, str(batch), str(SECONDS)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    times: list[float] = json.loads(done.stdout)
    times.sort()
    return {
        f"events_per_s_{batch}": round(len(times) * batch / SECONDS),
        f"answer_p50_ms_{batch}": round(statistics.median(times) * 1000, 1),
        f"answer_p99_ms_{batch}": round(times[int(len(times) * 0.99)] * 1000, 1),
    }


def send_for(endpoint: str, batch: int, seconds: float) -> list[float]:
    """Send batches on all connections until the time is over; seconds each answer took."""
    times: list[float] = []
    end = time.monotonic() + seconds
    senders = [
        threading.Thread(target=_send, args=(endpoint, batch, end, number, times))
        for number in range(CONNECTIONS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return times


def _send(endpoint: str, batch: int, end: float, number: int, times: list[float]) -> None:
    host = endpoint.split("/")[2]
    bodies = [b"\n".join(_event(row + 1000 * n) for row in range(batch)) for n in range(8)]
    connection = http.client.HTTPConnection(host, timeout=30)
    turn = number
    while time.monotonic() < end:
        headers = {"Authorization": f"Bearer token-{turn % SOURCES}"}
        began = time.monotonic()
        connection.request("POST", "/ingest/v1/events", bodies[turn % len(bodies)], headers)
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            times.append(time.monotonic() - began)
        turn += 1
    connection.close()


def _event(number: int) -> bytes:
    """About the size and repetitiveness of a process creation record."""
    event = {
        "@timestamp": f"2026-11-21T10:{number % 60:02}:{number * 7 % 60:02}.123Z",
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "event_id": 1,
            "computer_name": f"PC-{number % 40:03}",
            "event_data": {
                "Image": "C:\\Windows\\System32\\cmd.exe",
                "CommandLine": f"cmd.exe /c type report-{number}.txt",
                "ParentImage": "C:\\Windows\\explorer.exe",
                "User": f"OFFICE\\user{number % 17}",
                "ProcessId": str(number * 31 % 65536),
                "Hashes": f"SHA256={hashlib.sha256(str(number).encode()).hexdigest()}",
            },
        },
    }
    return json.dumps(event).encode()


def directory() -> Directory:
    """A company with one source each; source n has the token `token-n`."""
    names = range(SOURCES)
    return Directory(
        organisations=tuple(Organisation(f"org_{n}", f"会社{n}") for n in names),
        sources=tuple(
            Source(
                f"src_{n}",
                f"org_{n}",
                "windows",
                "PC",
                token_sha256=hashlib.sha256(f"token-{n}".encode()).hexdigest(),
            )
            for n in names
        ),
    )


@contextmanager
def collect_process(data: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A collect process on the folder, ready to receive."""
    command = [sys.executable, "-m", "hinomi.pipeline.collect", "--data", str(data)]
    process = subprocess.Popen([*command, "--ingest-port", "0", *arguments])
    ready = data / "run" / "collect.json"
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError("collect did not start")
            time.sleep(0.02)
        yield process, str(json.loads(ready.read_text())["ingest"])
    finally:
        process.terminate()
        process.wait(15)


if __name__ == "__main__":
    print(json.dumps(send_for(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
