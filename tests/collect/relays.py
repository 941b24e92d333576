"""A relay process on a folder of its own, enrolled with a collect process, for tests."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.collect.conftest import PATIENCE_S, Collect, sha256
from tests.ports import free_port

from hinomi.core.directory import Source
from hinomi.pipeline.relay.place import Enrolled, keep_enrolled
from hinomi.store.directory import load, publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(slots=True)
class Relay:
    """`ports`: source → its own port at the relay."""

    data: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    ready: dict[str, Any] = field(default_factory=dict)

    def start(self, *arguments: str) -> None:
        told = self.data / "run" / "relay.json"
        told.unlink(missing_ok=True)
        command = [sys.executable, "-m", "hinomi.cli.main", "relay", "run"]
        command += ["--data", str(self.data), "--host", "127.0.0.1", "--port", "0"]
        command += ["--status-host", "127.0.0.1", "--status-port", "0", *arguments]
        with (self.data / "relay.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(told.exists, self.log)
        self.ready = json.loads(told.read_text())

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE_S)

    def wait_until_dead(self) -> None:
        assert self.process is not None
        assert self.process.wait(PATIENCE_S) == -signal.SIGKILL, self.log()

    def log(self) -> str:
        return (self.data / "relay.log").read_text(errors="replace")

    def send(self, source: str, *lines: bytes) -> None:
        """Each as a datagram, then waits until the relay has them in its spool or sent them."""
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            for line in lines:
                sock.sendto(line, ("127.0.0.1", self.ports[source]))

    def page(self, path: str = "/") -> str:
        with closing(HTTPConnection(urlsplit(self.ready["status"]).netloc, timeout=5)) as asked:
            asked.request("GET", path)
            return asked.getresponse().read().decode()

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.page("/status.json"))
        return told

    def wait(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Until the status says so; the status."""
        found: dict[str, Any] = {}

        def look() -> bool:
            nonlocal found
            found = self.status()
            return is_so(found)

        wait_for(look, lambda: f"{found}\n{self.log()}")
        return found


def wait_for(is_so: Callable[[], bool], told: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, told()
        time.sleep(0.03)


def add_relay(collect: Collect, data: Path, *, company: str) -> Relay:
    """Published with one source behind it, and enrolled; collect must know its ingest port."""
    data.mkdir()
    relay, source, port = f"{company}_relay", f"{company}_lan", free_port()
    present = load(data=collect.data)
    more = (
        Source(relay, f"org_{company}", "relay", "中継機", token_sha256=sha256(f"relay-{company}")),
        Source(source, f"org_{company}", "auto", "ルーター", relay=relay, relay_port=port),
    )
    publish(replace(present, sources=(*present.sources, *more)), data=collect.data)
    return Relay(data, {source: port})


def enrol(relay: Relay, collect: Collect, *, company: str) -> None:
    """As `hinomi relay enrol` leaves it."""
    ingest = collect.endpoints["ingest"].replace("/events", "/relay")
    keep_enrolled(relay.data, Enrolled(f"{company}_relay", ingest, f"relay-{company}"))
