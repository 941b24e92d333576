"""`hinomi agent`: what a person types, and what it leaves behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from hinomi.agent import unit
from hinomi.agent.settings import read_settings
from hinomi.cli.main import main
from tests.agent.tower import TOKEN, Tower

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_S = 20.0


def _enrol(folder: Path, tower: Tower, *, token: str = TOKEN) -> int:
    watched = folder.parent / "watched"
    watched.mkdir(exist_ok=True)
    token_file = folder.parent / "token"
    token_file.write_text(f"{token}\n")
    words = ["agent", "enrol", tower.url, "--token-file", str(token_file), "--data", str(folder)]
    return main([*words, "--watch", str(watched), "--log", str(folder.parent / "auth.log")])


def test_enrolling_asks_the_tower_and_keeps_the_token_to_itself(
    tmp_path: Path, tower: Tower, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _enrol(tmp_path / "agent", tower) == 0
    assert read_settings(tmp_path / "agent").token == TOKEN
    assert tower.of("heartbeat")[0]["enrolled"] == "true"
    told = capsys.readouterr()
    assert TOKEN not in told.out + told.err


def test_a_token_the_tower_does_not_know_is_not_written_down(
    tmp_path: Path, tower: Tower, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _enrol(tmp_path / "agent", tower, token="hnm_wrong") == 1
    assert not (tmp_path / "agent").exists()
    assert "does not know this token" in capsys.readouterr().err


def test_enrolling_without_a_way_to_the_tower_is_written_down_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Tower(url="http://127.0.0.1:9/ingest/v1/events")
    assert _enrol(tmp_path / "agent", gone) == 1
    assert read_settings(tmp_path / "agent").token == TOKEN
    assert "goes on trying" in capsys.readouterr().err


def test_a_token_may_come_by_standard_input(
    tmp_path: Path, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    folder = str(tmp_path / "agent")
    assert main(["agent", "enrol", tower.url, "--token-file", "-", "--data", folder]) == 0


@pytest.mark.parametrize("action", ["run", "status", "remove"])
def test_a_machine_that_is_not_enrolled_is_told_how(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agent", action, "--data", str(tmp_path)]) == 1
    assert "hinomi agent enrol" in capsys.readouterr().err


def test_a_status_of_an_agent_that_does_not_run_is_trouble(
    tmp_path: Path, tower: Tower, capsys: pytest.CaptureFixture[str]
) -> None:
    _enrol(tmp_path / "agent", tower)
    capsys.readouterr()
    assert main(["agent", "status", "--format", "json", "--data", str(tmp_path / "agent")]) == 1
    assert json.loads(capsys.readouterr().out) == {"is_running": False}


@pytest.mark.usefixtures("audit_alone")
def test_removing_says_goodbye_and_leaves_other_peoples_files(
    tmp_path: Path, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "UNIT_PATH", str(tmp_path / "hinomi-agent.unit"))
    monkeypatch.setattr(unit, "SLEEP_PATH", str(tmp_path / "hook"))
    _enrol(tmp_path / "agent", tower)
    (tmp_path / "agent" / "letter.txt").write_text("not ours")
    assert main(["agent", "remove", "--data", str(tmp_path / "agent")]) == 0
    assert [each["reason"] for each in tower.of("goodbye")] == ["removed"]
    assert [path.name for path in (tmp_path / "agent").iterdir()] == ["letter.txt"]


@pytest.mark.usefixtures("audit_alone")
def test_the_agent_as_a_process_follows_the_log_and_says_goodbye(
    tmp_path: Path, tower: Tower
) -> None:
    """With whatever collectors this machine lets us have."""
    (tmp_path / "auth.log").touch()
    _enrol(tmp_path / "agent", tower)
    line = "Nov 20 10:12:01 file-sv sshd[2211]: Failed password for root from 198.51.100.8 port 1"
    command = [sys.executable, "-m", "hinomi.cli.main", "agent", "run"]
    with subprocess.Popen([*command, "--data", str(tmp_path / "agent")]) as process:
        _wait(lambda: (tmp_path / "agent" / "state.json").exists())
        with (tmp_path / "auth.log").open("a") as log:
            log.write(f"{line}\n")
        _wait(lambda: line.encode() in tower.lines())
        assert _memory_mb(process.pid) <= 40
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE_S) == 0
    assert [each["reason"] for each in tower.of("goodbye")] == ["restart"]
    assert len({each["version"] for each in tower.of("heartbeat")}) == 1


@pytest.mark.usefixtures("audit_alone")
def test_a_killed_agent_loses_nothing_that_was_on_disk(tmp_path: Path, tower: Tower) -> None:
    (tmp_path / "auth.log").touch()
    _enrol(tmp_path / "agent", tower)
    tower.answers = [503] * 1_000
    command = [sys.executable, "-m", "hinomi.cli.main", "agent", "run"]
    lines = [f"Nov 20 10:12:01 file-sv sshd[{number}]: x" for number in range(50)]
    with subprocess.Popen([*command, "--data", str(tmp_path / "agent")]) as process:
        _wait(lambda: (tmp_path / "agent" / "state.json").exists())
        (tmp_path / "auth.log").write_text("".join(f"{line}\n" for line in lines))
        _wait(lambda: _place(tmp_path) == (tmp_path / "auth.log").stat().st_size)
        os.kill(process.pid, signal.SIGKILL)
    tower.answers = []
    with subprocess.Popen([*command, "--data", str(tmp_path / "agent")]) as process:
        _wait(lambda: lines[-1].encode() in tower.lines())
        process.terminate()
        process.wait(_PATIENCE_S)
    received = [each for each in tower.lines() if b"sshd[" in each]
    assert received == [line.encode() for line in lines]


@pytest.mark.usefixtures("audit_alone")
def test_what_is_written_while_nobody_agreed_is_never_read(tmp_path: Path, tower: Tower) -> None:
    """The agent is stopped meanwhile; after a new consent it goes on from then."""
    folder, log = tmp_path / "agent", tmp_path / "auth.log"
    log.touch()
    _enrol(folder, tower)
    command = [sys.executable, "-m", "hinomi.cli.main", "agent", "run", "--data", str(folder)]
    tower.has_consent = False
    with subprocess.Popen(command) as process:
        _wait(lambda: "同意がない" in _state(folder))
        assert _place(tmp_path) == 0
        _append(log, "nobody agreed")
        process.terminate()
        assert process.wait(_PATIENCE_S) == 0
    tower.has_consent = True
    with subprocess.Popen(command) as process:
        _wait(lambda: '"log"' in _state(folder))
        _append(log, "agreed again")
        _wait(lambda: b"agreed again" in tower.lines())
        process.terminate()
        assert process.wait(_PATIENCE_S) == 0
    assert b"nobody agreed" not in tower.lines()


def test_the_kit_is_written_without_a_token(tmp_path: Path) -> None:
    words = ["agent", "kit", "https://tower.example.jp/ingest/v1/events", "--organisation", "葵"]
    assert main([*words, "--output", str(tmp_path / "kit")]) == 0
    assert "葵" in (tmp_path / "kit" / "README.ja.md").read_text("utf-8")


def test_the_unit_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "unit"]) == 0
    assert "agent run --data /var/lib/hinomi-agent" in capsys.readouterr().out
    assert main(["agent", "unit", "--sleep-hook"]) == 0
    assert "SIGUSR1" in capsys.readouterr().out


def _wait(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "not within the patience"
        time.sleep(0.05)


def _append(log: Path, line: str) -> None:
    with log.open("a") as stream:
        stream.write(f"{line}\n")


def _state(folder: Path) -> str:
    try:
        return (folder / "state.json").read_text("utf-8")
    except FileNotFoundError:
        return ""


def _place(tmp_path: Path) -> int:
    try:
        return int(json.loads((tmp_path / "agent" / "log-0.json").read_text())["at"])
    except (OSError, ValueError):
        return -1


def _memory_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123
        row = next(line for line in status if line.startswith("VmRSS"))
    return int(row.split()[1]) / 1024
