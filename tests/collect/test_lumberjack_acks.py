"""Lumberjack over real sockets: what is acknowledged is on disk, and whose it is."""

from __future__ import annotations

import json
import socket
import struct
import time
import zlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
HOST = "127.0.0.1"


def events(*raws: bytes, first: int = 1) -> bytes:
    numbered = enumerate(raws, first)
    return b"".join(b"2J" + struct.pack(">II", n, len(raw)) + raw for n, raw in numbered)


def window(count: int) -> bytes:
    return b"2W" + struct.pack(">I", count)


def acknowledged(sender: socket.socket) -> int:
    """The next acknowledgement that is no sign of life."""
    while True:
        answer = sender.recv(6, socket.MSG_WAITALL)
        assert answer[:2] == b"2A", answer
        if number := int.from_bytes(answer[2:]):
            return number


def test_an_acknowledgement_means_that_the_events_are_on_disk(collect: Collect) -> None:
    """kill -9 right after the answer: what it named is there, what it did not is sent again."""
    with socket.create_connection((HOST, collect.aoi_port)) as sender:
        packed = zlib.compress(events(b'{"n":2}', b'{"n":3}', first=2))
        compressed = b"2C" + struct.pack(">I", len(packed)) + packed
        sender.sendall(window(3) + events(b'{"n":1}') + compressed)
        assert acknowledged(sender) == 3
        collect.kill()
    assert [record.raw for record in collect.records()] == [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    assert {record.source for record in collect.records()} == {"aoi_port"}


def test_long_windows_are_acknowledged_in_parts_and_windows_follow_each_other(
    collect: Collect,
) -> None:
    with socket.create_connection((HOST, collect.aoi_port)) as sender:
        for _ in range(2):
            sender.sendall(window(2500) + events(*(b'{"n":%d}' % n for n in range(2500))))
            assert [acknowledged(sender) for _ in range(3)] == [1000, 2000, 2500]
    assert len(collect.records()) == 5000


def test_a_window_without_its_end_is_not_acknowledged(collect: Collect) -> None:
    with socket.create_connection((HOST, collect.aoi_port)) as sender:
        sender.sendall(window(2) + events(b"{}"))
        sender.settimeout(0.5)
        with pytest.raises(TimeoutError):
            sender.recv(1)
    assert collect.records() == []


def test_on_the_shared_port_a_token_in_the_event_identifies_and_is_not_kept(
    collect: Collect,
) -> None:
    """As Filebeat writes `fields: {hinomi_token: …}`."""
    with socket.create_connection(collect.syslog) as sender:
        sender.sendall(
            window(2)
            + events(
                b'{"fields":{"hinomi_token":"token-aoi"},"message":"a"}',
                b'{"fields":{"hinomi_token": "token-fumi"},"message":"f"}',
            )
        )
        assert acknowledged(sender) == 2
    kept = {record.source: json.loads(record.raw) for record in collect.records()}
    assert kept == {
        "aoi_token": {"fields": {"hinomi_token": "***"}, "message": "a"},
        "fumi_token": {"fields": {"hinomi_token": "***"}, "message": "f"},
    }


@pytest.mark.parametrize(
    "stream",
    [
        window(1) + events(b'{"fields":{"hinomi_token":"wrong"}}'),
        window(1) + events(b"{}"),
        window(1) + b"XX",
        window(1) + b"2C" + struct.pack(">I", 9) + b"no zlib!!",
        window(1) + b"2C" + struct.pack(">I", 2**31),
    ],
    ids=["unknown token", "no token", "garbage", "no zlib", "length"],
)
def test_unknown_and_hostile_senders_are_cut_off_and_nothing_is_kept(
    collect: Collect, stream: bytes
) -> None:
    with socket.create_connection(collect.syslog) as sender:
        sender.sendall(stream)
        sender.settimeout(5)
        assert sender.recv(10) == b""
    assert collect.records() == []
    assert collect.get("/healthz")[0] == 200


def test_half_frames_of_many_connections_are_bounded(collect: Collect) -> None:
    """Slow senders cannot fill the memory: the one that goes over the bound is cut off."""
    held = []
    try:
        head = window(1) + b"2J" + struct.pack(">II", 1, 1_000_000)
        for _ in range(40):
            sender = socket.create_connection((HOST, collect.aoi_port))
            held.append(sender)
            sender.settimeout(5)
            try:
                sender.sendall(head + b"x" * 900_000)
            except (ConnectionError, TimeoutError):
                break
        time.sleep(0.5)
        assert collect.process is not None
        with open(f"/proc/{collect.process.pid}/status") as file:  # noqa: PTH123
            peak_kb = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        assert peak_kb < 120_000
        assert "too_many_half_frames" in collect.get("/metrics")[1]
        assert collect.post(b"others go on")[0] == 200
    finally:
        for sender in held:
            sender.close()
