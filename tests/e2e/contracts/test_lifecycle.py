"""Starting, stopping, killing and starting again: what was answered 2xx is there."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.contracts.tower import Tower

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.journey, pytest.mark.sockets]


@pytest.fixture
def own_tower(tmp_path: Path) -> Iterator[Tower]:
    """A tower that may be killed."""
    tower = Tower(tmp_path / "data")
    yield tower
    if tower.endpoints:
        tower.kill()


def is_alive(pid: int) -> bool:
    """True for a process that is more than a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def all_gone(pids: list[int], *, within_s: float) -> bool:
    """True when none is left in time."""
    deadline = time.monotonic() + within_s
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "interrupt"])
def test_up_says_one_line_and_stops_cleanly(own_tower: Tower, number: int) -> None:
    own_tower.up()
    assert set(own_tower.endpoints) == {"web", "ingest", "syslog"}
    refused = own_tower.command("up", "--port", "0", "--syslog-port", "0")
    assert refused.returncode == 1
    assert refused.stderr.strip()
    assert "Traceback" not in refused.stderr
    children = own_tower.children()
    assert len(children) == 6  # collect, worker, bell, auditor, web and its server
    started = time.monotonic()
    assert own_tower.down(number) == 0
    assert time.monotonic() - started < 10
    assert all_gone(children, within_s=1)
    assert len(own_tower.said) == 1


def test_nothing_outlives_a_killed_supervisor_and_nothing_acknowledged_is_lost(
    own_tower: Tower,
) -> None:
    company = own_tower.organisation("落ちる会社")
    source = own_tower.source(company, "http")
    own_tower.up()
    for number in range(20):
        own_tower.post(b"kept %d" % number, source.token, Idempotency_Key=f"k{number}")
    own_tower.kill()  # in the middle of reading what it just took
    own_tower.up()
    again = own_tower.post(b"kept 19", source.token, Idempotency_Key="k19")
    assert again.json == {"accepted": 1}
    rows = own_tower.events(company, at_least=20)
    assert sorted(row["event.original"] for row in rows) == sorted(f"kept {n}" for n in range(20))

    assert own_tower.process is not None
    children = own_tower.children()
    os.kill(own_tower.process.pid, signal.SIGKILL)
    assert all_gone(children, within_s=10), "children outlive their supervisor"
    own_tower.down()
    own_tower.up()
    assert own_tower.post(b"kept on", source.token).status == 200
    assert own_tower.down() == 0


def test_a_dead_child_comes_back(own_tower: Tower) -> None:
    source = own_tower.source(own_tower.organisation("起き上がる会社"), "http")
    own_tower.up()
    for child in own_tower.children():
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while True:
        try:
            if own_tower.post(b"back again", source.token).status == 200:
                break
        except OSError:
            assert time.monotonic() < deadline
        time.sleep(0.2)
    rows = own_tower.events(source.organisation, at_least=1)
    assert {row["event.original"] for row in rows} == {"back again"}
    assert own_tower.down() == 0


def test_an_address_for_others_needs_a_certificate_or_a_proxy(own_tower: Tower) -> None:
    refused = own_tower.command("up", "--host", "0.0.0.0", "--port", "0", "--syslog-port", "0")
    assert refused.returncode in (1, 2)
    assert "--certificate" in refused.stderr
    assert "--behind-proxy" in refused.stderr


@pytest.mark.parametrize("option", ["--port", "--ingest-port", "--syslog-port"])
def test_a_taken_port_is_named(own_tower: Tower, option: str) -> None:
    ports = {"--port": "0", "--ingest-port": "0", "--syslog-port": "0"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports[option] = str(taken.getsockname()[1])
        refused = own_tower.command("up", *(word for pair in ports.items() for word in pair))
    assert refused.returncode == 1
    assert ports[option] in refused.stderr
    assert "Traceback" not in refused.stderr
