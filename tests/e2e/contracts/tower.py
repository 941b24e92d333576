"""A whole tower as its users have it: `hinomi up` and the commands, many of them said by a clerk
through `hinomi batch`.

What these tests know is the contract: the one line `up` prints, the commands' answers, the sockets.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil

from hinomi.cli.main import COMMANDS
from hinomi.rehearse.clerk import Clerk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PATIENCE_S = 60.0  # on a machine that does much else; speed is measured in benchmarks
START_S = 180.0  # of a whole tower, on a machine that does much else
HINOMI = [sys.executable, "-m", "hinomi.cli.main"]


@dataclass(frozen=True, slots=True)
class Source:
    """What `source add` answered."""

    id: str
    token: str
    endpoint: str
    organisation: str

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of a syslog endpoint."""
        host, _, port = self.endpoint.rpartition(":")
        return host, int(port)


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(slots=True)
class Tower:
    """One data folder. `up` starts the tower on it, commands work with it up or down."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    endpoints: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)  # stdout of `up`, line by line
    _listener: threading.Thread | None = None
    _clerk: Clerk | None = None

    def up(self, *arguments: str) -> None:
        """Start and wait for the line that says it is ready."""
        command = [*HINOMI, "up", "--data", str(self.data), "--port", "0", "--syslog-port", "0"]
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data.parent / f"{self.data.name}.stderr").open("a") as errors:
            self.process = subprocess.Popen(
                [*command, "--format", "json", *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self._environment(),
            )
        assert self.process.stdout is not None
        with closing(selectors.DefaultSelector()) as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            assert ready.select(START_S), f"not ready after {START_S:.0f} s: {self.errors()}"
        line = self.process.stdout.readline()
        assert line, self.errors()
        self.said = [line]
        self.endpoints = json.loads(line)
        self._listener = threading.Thread(target=self._listen, args=(self.process.stdout,))
        self._listener.start()

    def _listen(self, stdout: IO[str]) -> None:
        with stdout:
            self.said.extend(stdout)

    def errors(self) -> str:
        """The end of what the tower said on stderr."""
        path = self.data.parent / f"{self.data.name}.stderr"
        return path.read_text(errors="replace")[-4000:]

    def down(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self._ended()

    def kill(self) -> None:
        """SIGKILL to every process of the tower at once."""
        assert self.process is not None
        for pid in [self.process.pid, *self.children()]:
            with suppress(ProcessLookupError):  # its own parent's death was faster
                os.kill(pid, signal.SIGKILL)
        self._ended()

    def _ended(self) -> int:
        """The exit code, when the process and all that held its stdout are gone."""
        assert self.process is not None
        assert self._listener is not None
        code = self.process.wait(PATIENCE_S)
        self._listener.join(PATIENCE_S)
        assert not self._listener.is_alive(), "a child lives on"
        self.endpoints = {}
        return code

    def children(self) -> list[int]:
        """Process ids below the supervisor, of every generation."""
        assert self.process is not None
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def command(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One `hinomi …` on this folder; the exit code is the caller's to judge."""
        return subprocess.run(
            [*HINOMI, *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            input=stdin,
            env=self._environment(),
            timeout=60,
            check=False,
        )

    def ask(self, *arguments: str) -> Any:
        """The decoded answer of a command that must succeed: of provisioning through one standing
        process (what a command says and returns by itself is for `command`), of others by one."""
        if COMMANDS[arguments[0]][0] != "provision":
            done = self.command(*arguments, "--format", "json")
            assert done.returncode == 0, (arguments, done.stdout, done.stderr)
            return json.loads(done.stdout)
        if self._clerk is None or self._clerk.environment != self.environment:
            self._clerk = Clerk(self.data, dict(self.environment))
        return self._clerk.ask(*arguments)

    def organisation(self, name: str, *options: str) -> str:
        """Add a company; its id."""
        return str(self.ask("organisation", "add", name, *options)["id"])

    def source(self, organisation: str, kind: str, *options: str) -> Source:
        """Add a source; with the tower up, wait until it can send."""
        told = self.ask("source", "add", "--organisation", organisation, "--kind", kind, *options)
        added = Source(told["id"], told["token"], told["endpoint"], organisation)
        if self.endpoints:
            self._until_known(added)
        return added

    def _until_known(self, source: Source) -> None:
        """Both a token and a port work within 5 s; the tests that need neither need not know."""
        deadline = time.monotonic() + 5
        while not (self.post(b"", source.token).status == 200 and _listens(source)):
            assert time.monotonic() < deadline, f"{source.endpoint} is not open after 5 s"
            time.sleep(0.1)

    def events(self, organisation: str, *, at_least: int = 0) -> list[dict[str, Any]]:
        """`events list`, asked again until there are enough or patience ends."""
        return self._rows("events", organisation, lambda rows: len(rows) >= at_least)

    def incidents(
        self, organisation: str, *, until: Callable[[list[dict[str, Any]]], bool] = bool
    ) -> list[dict[str, Any]]:
        """`incidents list`, asked again until it is as wanted or patience ends."""
        return self._rows("incidents", organisation, until)

    def _rows(
        self, what: str, organisation: str, enough: Callable[[list[dict[str, Any]]], bool]
    ) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            rows: list[dict[str, Any]] = self.ask(what, "list", "--organisation", organisation)
            if enough(rows) or time.monotonic() > deadline:
                return rows
            time.sleep(0.2)

    def connection(self) -> http.client.HTTPConnection:
        """A connection to the ingest address."""
        url = urlsplit(self.endpoints["ingest"])
        return http.client.HTTPConnection(str(url.hostname), url.port, timeout=PATIENCE_S)

    def post(self, body: bytes, token: str, **headers: str) -> Response:
        """`POST /ingest/v1/events` on a connection of its own; `Content_Type=` and so on."""
        named = {"Content-Type": "text/plain", "Authorization": f"Bearer {token}"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connection()) as connection:
            connection.request("POST", "/ingest/v1/events", body, named)
            return answered(connection)

    def raw_http(self, wire: bytes, *, half_close: bool = False) -> bytes:
        """Bytes to the ingest port as they are; everything that comes back until it closes."""
        url = urlsplit(self.endpoints["ingest"])
        with socket.create_connection((str(url.hostname), int(url.port or 0)), 10) as sock:
            sock.sendall(wire)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            return read_all(sock)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def _listens(source: Source) -> bool:
    if source.endpoint.startswith("http"):
        return True
    try:
        socket.create_connection(source.address, 1).close()
    except OSError:
        return False
    return True


def answered(connection: http.client.HTTPConnection) -> Response:
    """The answer to the request just made."""
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, response.read(), headers)


def read_all(sock: socket.socket, *, wait_s: float = 2.0) -> bytes:
    """Until the other side closes or says nothing for `wait_s`."""
    sock.settimeout(wait_s)
    found = b""
    try:
        while part := sock.recv(65536):
            found += part
    except (TimeoutError, ConnectionResetError):
        pass
    return found


def udp(address: tuple[str, int], *lines: bytes, sender: str = "127.0.0.1") -> None:
    """Each line as one datagram, from `sender`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((sender, 0))
        for line in lines:
            sock.sendto(line, address)


def tcp(
    address: tuple[str, int], *parts: bytes, sender: str = "127.0.0.1", pause_s: float = 0.0
) -> None:
    """The parts on one connection, in segments of their own when `pause_s` is given."""
    with socket.create_connection(address, 10, source_address=(sender, 0)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            sock.sendall(part)
            time.sleep(pause_s)
