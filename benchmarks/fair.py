"""What a quiet company feels of a noisy one: its answers' p99 alone, and beside a flood.

The flood is one company's: eight connections with 2,000 events a request, as fast as it is let.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import ingest
from benchmarks.ingest import ROOT, collect_process
from hinomi.store.directory import publish

SAYS = "answer times of a quiet company beside another one's flood"
SECONDS = 6.0
FLOOD_CONNECTIONS = 8
FLOOD_BATCH = 2_000
_EVERY_S = 0.02
ACKNOWLEDGE_MS = 50.0  # architecture §2, p99


def run() -> dict[str, Any]:
    """`is_missed` when the quiet company is refused or its p99 is over the budget."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        publish(ingest.directory(), data=data)
        with collect_process(data) as (_, endpoint):
            alone, refused_alone = send_quietly(endpoint, SECONDS / 2)
            command = [sys.executable, "-m", "benchmarks.fair", endpoint, str(SECONDS)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as flood:
                time.sleep(0.5)
                beside, refused = send_quietly(endpoint, SECONDS - 1.0)
                told = flood.communicate()[0]
    p99 = _p99(beside)
    return {
        "quiet_alone_p99_ms": _p99(alone),
        "quiet_p50_ms": round(statistics.median(beside) * 1000, 1),
        "quiet_p99_ms": p99,
        "quiet_refused": refused_alone + refused,
        "flood_events_per_s": round(json.loads(told)),
        "is_missed": refused > 0 or p99 > ACKNOWLEDGE_MS,
    }


def send_quietly(endpoint: str, seconds: float) -> tuple[list[float], int]:
    """One record at a time; (seconds each answer took, refusals)."""
    connection = http.client.HTTPConnection(endpoint.split("/")[2], timeout=30)
    times, refused, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        headers = {"Authorization": "Bearer token-1", "Content-Type": "text/plain"}
        connection.request("POST", "/ingest/v1/events", b"<13>quiet", headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - began)
        refused += answer.status != 200
        time.sleep(_EVERY_S)
    connection.close()
    return times, refused


def _p99(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.99)] * 1000, 1)


if __name__ == "__main__":
    ingest.CONNECTIONS, ingest.SOURCES = FLOOD_CONNECTIONS, 1
    seconds = float(sys.argv[2])
    print(len(ingest.send_for(sys.argv[1], FLOOD_BATCH, seconds)) * FLOOD_BATCH / seconds)
