"""Token, client certificate and our own certificate are replaced while senders send: no record is
lost, refused or doubled, and none is anybody else's."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.collect.certificates import make_pair
from tests.collect.conftest import PATIENCE_S, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.collect.certificates import Pair
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
KNOWN_S = 2.2  # until a change is in use, see docs/reference/ingest.md


@dataclass
class Load:
    """Senders that go on until told to stop. Whatever they are refused ends the test."""

    trust: Path
    sent: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, source: str, send: Callable[[bytes], None]) -> None:
        """One thread that sends record after record."""

        def work() -> None:
            while not self.stop.is_set():
                try:
                    send(b"<13>%s %d" % (source.encode(), self.sent[source]))
                except (OSError, AssertionError) as error:
                    self.faults.append(f"{source} {self.sent[source]}: {error!r}")
                    return
                self.sent[source] += 1
                time.sleep(0.01)

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()

    def context(self) -> ssl.SSLContext:
        """As a sender that was given both certificates of the tower makes it."""
        return ssl.create_default_context(cafile=str(self.trust))

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


@dataclass
class Held:
    """What a sender uses now; the person at its place replaces it in the middle."""

    token: str = "token-aoi"
    pair: Pair | None = None


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    made = Load(tmp_path / "trust.pem")
    yield made
    made.end()


def test_everything_rotates_under_load_and_nothing_is_lost(
    folder: Collect, load: Load, tmp_path: Path
) -> None:
    ours, next_ours = make_pair(tmp_path, "tower"), make_pair(tmp_path, "next")
    load.trust.write_text(ours.pem + next_ours.pem)
    old, new = make_pair(tmp_path, "fumi"), make_pair(tmp_path, "fumi-next")
    folder.change(id="fumi_token", certificates=(old.pem,))
    folder.start("--certificate", str(ours.certificate), "--key", str(ours.key))
    held = Held(pair=old)
    load.begin("aoi_token", lambda raw: post(folder, load, held, raw))
    load.begin("fumi_token", lambda raw: by_certificate(folder, load, held, raw))
    time.sleep(0.5)
    folder.change(
        id="aoi_token", token_sha256=sha256("token-next"), older_tokens=(sha256("token-aoi"),)
    )
    folder.change(id="fumi_token", certificates=(old.pem, new.pem))
    time.sleep(KNOWN_S)
    held.token, held.pair = "token-next", new
    ours.key.write_bytes(next_ours.key.read_bytes())
    ours.certificate.write_bytes(next_ours.certificate.read_bytes())
    time.sleep(KNOWN_S)
    folder.change(id="aoi_token", older_tokens=())
    folder.change(id="fumi_token", certificates=(new.pem,))
    time.sleep(KNOWN_S)
    load.end()
    assert load.faults == []
    assert min(load.sent.values()) > 50
    records = folder.records(at_least=sum(load.sent.values()))
    assert Counter(record.source for record in records) == load.sent
    assert len({record.raw for record in records}) == len(records)
    assert all(record.raw.startswith(b"<13>" + record.source.encode()) for record in records)
    refused = make_connection(folder, load)
    assert answer(refused, "token-aoi", b"<13>late") == 401
    assert served(folder) == next_ours.pem.strip()


def make_connection(folder: Collect, load: Load) -> http.client.HTTPSConnection:
    host, _, port = folder.endpoints["ingest"].split("/")[2].rpartition(":")
    return http.client.HTTPSConnection(host, int(port), timeout=PATIENCE_S, context=load.context())


def answer(connection: http.client.HTTPSConnection, token: str, raw: bytes) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    with closing(connection):
        connection.request("POST", "/ingest/v1/events", raw, headers)
        return connection.getresponse().status


def post(folder: Collect, load: Load, held: Held, raw: bytes) -> None:
    """A connection each, so that every request meets what is in use at that moment."""
    assert answer(make_connection(folder, load), held.token, raw) == 200


def by_certificate(folder: Collect, load: Load, held: Held, raw: bytes) -> None:
    """Ends with a proper goodbye: then what was written was read."""
    assert held.pair is not None
    context = load.context()
    context.load_cert_chain(held.pair.certificate, held.pair.key)
    plain = socket.create_connection(folder.syslog, timeout=PATIENCE_S)
    with context.wrap_socket(plain, server_hostname="127.0.0.1") as sender:
        sender.sendall(raw + b"\n")
        sender.unwrap().close()


def served(folder: Collect) -> str:
    return ssl.get_server_certificate(folder.syslog).strip()
