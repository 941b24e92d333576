"""Flows over a real socket, and what is known of them after a kill."""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import TYPE_CHECKING

import pytest

from hinomi.pipeline.collect_memory import TEMPLATES

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets


def v9(number: int, body: bytes) -> bytes:
    head = struct.pack(">HHIIII", 9, 1, 1000, 1_700_000_000, 5, 7)
    return head + struct.pack(">HH", number, 4 + len(body)) + body


def test_templates_outlive_a_kill_and_a_broken_file_is_no_harm(collect: Collect) -> None:
    template = struct.pack(">HHHHHH", 256, 2, 8, 4, 7, 2)
    flow = v9(256, bytes.fromhex("c00002011f90"))
    kept = collect.data / "run" / TEMPLATES
    with socket.socket(type=socket.SOCK_DGRAM) as exporter:
        exporter.bind(("127.0.0.1", 0))  # an exporter keeps its port
        exporter.sendto(v9(0, template), ("127.0.0.1", collect.aoi_port))
        deadline = time.monotonic() + 10
        while not kept.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        collect.kill()
        collect.start()
        exporter.sendto(flow, ("127.0.0.1", collect.aoi_port))
        (record,) = collect.records(at_least=1)
        assert json.loads(record.raw)["fields"] == {"8": "c0000201", "7": "1f90"}
        collect.kill()
        kept.write_text("[broken")
        collect.start()
        exporter.sendto(v9(0, template), ("127.0.0.1", collect.aoi_port))
        exporter.sendto(flow, ("127.0.0.1", collect.aoi_port))
        assert len(collect.records(at_least=2)) == 2
