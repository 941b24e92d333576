"""The agent at work: CPU and memory over minutes of a busy server, with the uplink cut in between.

A tower of our own takes what comes, once per key, as the real one does; then nobody listens for a
third of the time. Every program that was started must have arrived exactly once. Needs root.
"""

from __future__ import annotations

import collections
import contextlib
import gzip
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from hinomi.agent.settings import Settings, write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS = "CPU and memory of the agent over minutes of work, uplink cut in between; needs root"
TAKES = ("seconds",)
SECONDS = 180
PROGRAMS_PER_S = 10  # with as many changed files, and a connection each second
LIMIT_CPU, LIMIT_MB = 1.0, 40.0
_WAIT_S = 90.0
_MARK = "hinomi-bench-"


class Uplink:
    """A tower on one port that can be taken away and put back."""

    def __init__(self) -> None:
        self.taken: dict[str, list[bytes]] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._server: ThreadingHTTPServer | None = None

    def restore(self) -> None:
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
                taken.setdefault(self.headers["Idempotency-Key"], body.split(b"\n"))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def cut(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def programs(self) -> collections.Counter[str]:
        """How often each started program of ours arrived."""
        found: collections.Counter[str] = collections.Counter()
        for line in itertools.chain.from_iterable(list(self.taken.values())):
            if _MARK.encode() in line:
                command = str(json.loads(line).get("CommandLine", ""))
                if command.startswith("/bin/true "):
                    found[command.removeprefix("/bin/true ")] += 1
        return found


def run(seconds: int = SECONDS) -> dict[str, Any]:
    """CPU in percent of one core; `is_missed` when over the limits, or when something was lost."""
    if os.geteuid() != 0:
        return {"skipped": "needs root, for the kernel's audit", "is_missed": False}
    with tempfile.TemporaryDirectory() as folder:
        watched = Path(folder) / "watched"
        watched.mkdir()
        uplink = Uplink()
        uplink.restore()
        with _agent(Path(folder) / "agent", uplink, watched) as process:
            started, figures = _work(process, uplink, watched, seconds)
            arrived = _arrived(uplink, started)
        uplink.cut()
    lost = sum(1 for name in started if not arrived[name])
    doubled = sum(1 for count in arrived.values() if count > 1)
    figures |= {"programs": len(started), "lost": lost, "doubled": doubled}
    missed = figures["cpu_percent"] > LIMIT_CPU or figures["memory_mb"] > LIMIT_MB
    return {**figures, "is_missed": missed or bool(lost or doubled)}


def _work(
    process: psutil.Process, uplink: Uplink, watched: Path, seconds: int
) -> tuple[list[str], dict[str, Any]]:
    started: list[str] = []
    peak = 0.0
    begun = time.monotonic()
    cpu_before = sum(process.cpu_times()[:2])
    cut_at, back_at = seconds / 3, seconds * 2 / 3
    while (passed := time.monotonic() - begun) < seconds:
        if cut_at is not None and passed > cut_at:
            uplink.cut()
            cut_at = float("inf")
        if passed > back_at:
            uplink.restore()
            back_at = float("inf")
        name = f"{_MARK}{len(started)}"
        subprocess.run(["/bin/true", name], check=True)
        (watched / "file").write_text(name)
        if len(started) % PROGRAMS_PER_S == 0:
            peak = max(peak, process.memory_full_info().uss / 2**20, _rss(process))
            with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
                probe.connect(("192.0.2.9", 4711))
        started.append(name)
        time.sleep(max(0.0, len(started) / PROGRAMS_PER_S - passed))
    took = time.monotonic() - begun
    cpu = (sum(process.cpu_times()[:2]) - cpu_before) / took * 100
    return started, {
        "seconds": round(took),
        "cpu_percent": round(cpu, 2),
        "memory_mb": round(peak, 1),
    }


def _rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _arrived(uplink: Uplink, started: list[str]) -> collections.Counter[str]:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and len(uplink.programs()) < len(started):
        time.sleep(1)
    return uplink.programs()


@contextlib.contextmanager
def _agent(folder: Path, uplink: Uplink, watched: Path) -> Iterator[psutil.Process]:
    endpoint = f"http://127.0.0.1:{uplink.port}/ingest/v1/events"
    write_settings(folder, Settings(endpoint, "hnm_bench", folders=(str(watched), "/etc")))
    command = [sys.executable, "-m", "hinomi.cli.main", "agent", "run", "--data", str(folder)]
    with subprocess.Popen(command) as child:
        try:
            end = time.monotonic() + 20
            while not uplink.taken and time.monotonic() < end:
                time.sleep(0.2)
            yield psutil.Process(child.pid)
        finally:
            child.terminate()
            child.wait(20)
