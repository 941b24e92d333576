"""Promise 1 for each listener that acknowledges: kill -9 at every step of collect, send again what
was not answered, and everything that was answered is on disk."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hinomi.store.directory import publish
from tests.collect.conftest import Collect, town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.sockets]
POINTS = ("collect:received:3", "collect:before-commit:3", "collect:after-commit-before-answer:3")
BATCHES = 8
EACH = 5
TRIES = 4  # per batch; one kill each run


def records(batch: int) -> list[bytes]:
    return [b'{"event":"batch %d record %d"}' % (batch, number) for number in range(EACH)]


def http_post(collect: Collect, path: str, body: bytes, **headers: str) -> bool:
    status, _, _ = collect.ask("POST", path, body, **headers)
    return status // 100 == 2


def elastic(collect: Collect, batch: int) -> bool:
    body = b"".join(b'{"create":{}}\n' + record + b"\n" for record in records(batch))
    return http_post(collect, "/_bulk", body, Authorization="Bearer token-aoi")


def hec(collect: Collect, batch: int) -> bool:
    """By its ackId, as a careful sender does."""
    headers = {"Authorization": "Splunk token-aoi", "X_Splunk_Request_Channel": "c"}
    path = "/services/collector"
    status, body, _ = collect.ask("POST", path, b"".join(records(batch)), **headers)
    if status != 200:
        return False
    ack = json.loads(body)["ackId"]
    asked = json.dumps({"acks": [ack]}).encode()
    _, body, _ = collect.ask("POST", f"{path}/ack", asked, **headers)
    return bool(json.loads(body)["acks"][str(ack)])


def otlp(collect: Collect, batch: int) -> bool:
    told = [{"body": {"stringValue": record.decode()}} for record in records(batch)]
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": told}]}]}).encode()
    headers = {"Authorization": "Bearer token-aoi", "Content_Type": "application/json"}
    return http_post(collect, "/v1/logs", body, **headers)


def gelf(collect: Collect, batch: int) -> bool:
    body = b"\n".join(records(batch))
    return http_post(collect, "/gelf", body, Authorization="Bearer token-aoi")


def lumberjack(collect: Collect, batch: int) -> bool:
    frames = enumerate(records(batch), 1)
    stream = b"2W" + struct.pack(">I", EACH)
    stream += b"".join(b"2J" + struct.pack(">II", n, len(raw)) + raw for n, raw in frames)
    with socket.create_connection(("127.0.0.1", collect.aoi_port), timeout=10) as sender:
        sender.sendall(stream)
        return sender.recv(6, socket.MSG_WAITALL) == b"2A" + struct.pack(">I", EACH)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Collect]:
    collect = Collect(tmp_path)
    publish(town(aoi_port=collect.aoi_port, fumi_port=collect.fumi_port), data=tmp_path)
    yield collect
    if collect.process is not None and collect.process.poll() is None:
        collect.kill()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("send", [elastic, hec, otlp, gelf, lumberjack])
def test_what_a_listener_acknowledged_survives_a_kill_at_any_step(
    folder: Collect, send: Callable[[Collect, int], bool], point: str
) -> None:
    folder.start("--crash-at", point)
    sent = Counter[bytes]()
    for batch in range(BATCHES):
        sent.update(deliver(folder, send, batch))
    assert sum(sent.values()) == (BATCHES + 1) * EACH  # it was killed, once
    kept = Counter(plain(record.raw) for record in folder.records())
    assert set(kept) == {raw for batch in range(BATCHES) for raw in records(batch)}
    assert all(kept[raw] <= sent[raw] for raw in kept)  # doubled only by being sent again


def deliver(folder: Collect, send: Callable[[Collect, int], bool], batch: int) -> Counter[bytes]:
    """Send until it is acknowledged; a killed process is started again, without a crash point."""
    sent = Counter[bytes]()
    for _ in range(TRIES):
        sent.update(records(batch))
        with contextlib.suppress(OSError, http.client.HTTPException):
            if send(folder, batch):
                return sent
        assert folder.process is not None
        folder.process.wait(10)
        folder.start()
    raise AssertionError(f"batch {batch} was never acknowledged: {folder.log()}")


def plain(raw: bytes) -> bytes:
    """OTLP's record holds the text in its body."""
    body = json.loads(raw).get("body")
    return raw if body is None else body.encode()
