"""A collect process on a folder of its own, and a town of two companies to send from."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port

from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.ids import PARTITIONS
from hinomi.store.directory import load, publish
from hinomi.store.log import SqliteLogReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.core.records import RawRecord

PATIENCE_S = 30.0


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def town(*, aoi_port: int, fumi_port: int) -> Directory:
    """葵 and 文, each with a token, an own port and a serial; 葵 also declares an address."""
    return Directory(
        organisations=(Organisation("org_aoi", "葵製作所"), Organisation("org_fumi", "文商店")),
        sources=(
            Source("aoi_token", "org_aoi", "auto", "PC", token_sha256=sha256("token-aoi")),
            Source("fumi_token", "org_fumi", "auto", "PC", token_sha256=sha256("token-fumi")),
            Source("aoi_port", "org_aoi", "yamaha", "ルーター", port=aoi_port),
            Source("fumi_port", "org_fumi", "yamaha", "ルーター", port=fumi_port),
            Source("aoi_utm", "org_aoi", "fortigate", "UTM", serials=("FGT40FAOI",)),
            Source("fumi_utm", "org_fumi", "fortigate", "UTM", serials=("FGT40FFUMI",)),
            Source("aoi_address", "org_aoi", "linux", "サーバー", addresses=("127.0.0.9",)),
        ),
    )


@dataclass(slots=True)
class Collect:
    """The process. `post` and `records` are what most tests need."""

    data: Path
    aoi_port: int = field(default_factory=free_port)
    fumi_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    endpoints: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> None:
        ready = self.data / "run" / "collect.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "hinomi.pipeline.collect", "--data", str(self.data)]
        command += ["--ingest-port", "0", "--syslog-port", "0", *arguments]
        with (self.data / "collect.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        self.endpoints = json.loads(ready.read_text())

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def log(self) -> str:
        return (self.data / "collect.log").read_text(errors="replace")

    def change(self, **fields: object) -> None:
        """Publish the directory with changed fields of one source (`id` names it)."""
        present = load(data=self.data)
        sources = tuple(
            replace(each, **fields) if each.id == fields["id"] else each  # type: ignore[arg-type]
            for each in present.sources
        )
        publish(replace(present, sources=sources), data=self.data)

    def connection(self) -> http.client.HTTPConnection:
        host, _, port = self.endpoints["ingest"].split("/")[2].rpartition(":")
        return http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)

    def post(
        self, body: bytes, *, token: str = "token-aoi", **headers: str
    ) -> tuple[int, dict[str, object], dict[str, str]]:
        """Status, JSON answer and headers of one request on a connection of its own."""
        with closing(self.connection()) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            named.setdefault("Authorization", f"Bearer {token}")
            connection.request("POST", "/ingest/v1/events", body, named)
            response = connection.getresponse()
            return response.status, json.loads(response.read()), dict(response.headers)

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        """Any request, with the headers given and no others; names of headers come lower case."""
        with closing(self.connection()) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, response.read(), found

    def get(self, path: str) -> tuple[int, str]:
        with closing(self.connection()) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    @property
    def syslog(self) -> tuple[str, int]:
        host, _, port = self.endpoints["syslog"].rpartition(":")
        return host, int(port)

    def records(self, *, at_least: int = 0) -> list[RawRecord]:
        """Everything in the log; waits until there are as many."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = read_log(self.data)
            if len(found) >= at_least:
                return found
            assert time.monotonic() < deadline, (found, self.log())
            time.sleep(0.02)


def read_log(data: Path) -> list[RawRecord]:
    with closing(SqliteLogReader(data / "log")) as reader:
        chunks = reader.read(offsets=dict.fromkeys(range(PARTITIONS), 0), limit=10**9)
        return [logged.record for chunk in chunks for logged in chunk.records]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Collect]:
    """Provisioned, not started; whatever runs at the end is killed."""
    collect = Collect(tmp_path)
    publish(town(aoi_port=collect.aoi_port, fumi_port=collect.fumi_port), data=tmp_path)
    yield collect
    if collect.process is not None and collect.process.poll() is None:
        os.kill(collect.process.pid, signal.SIGKILL)
        collect.process.wait()


@pytest.fixture
def collect(folder: Collect) -> Collect:
    folder.start()
    return folder
