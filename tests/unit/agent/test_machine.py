"""Files of the machine: logs that are followed, the inventory, hashes with a budget."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from hinomi.agent import inventory, lookups, settings
from hinomi.agent.log_tail import LogTail
from hinomi.agent.lookups import MachineLookups
from hinomi.agent.proc_polling import ProcCollector
from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_STATUS = """\
Package: bash
Status: install ok installed
Version: 5.2.15-2

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: openssl
Status: install ok installed
Version: 3.0.11-1
"""


def _tail(tmp_path: Path) -> tuple[Path, LogTail]:
    log = tmp_path / "auth.log"
    log.write_text("old\n")
    return log, LogTail(log=log, places=tmp_path / "places.json")


def _append(log: Path, text: str) -> None:
    with log.open("a") as stream:
        stream.write(text)


def test_a_log_is_followed_from_where_it_was_first_met(tmp_path: Path) -> None:
    log, tail = _tail(tmp_path)
    _append(log, "one\ntwo\nhal")
    assert [told.body for told in tail.read()] == [b"one", b"two"]
    _append(log, "f\n")
    assert [told.body for told in tail.read()] == [b"half"]
    tail.close()


def test_what_was_written_while_the_agent_was_off_follows(tmp_path: Path) -> None:
    log, tail = _tail(tmp_path)
    _append(log, "one\n")
    tail.read()
    tail.keep_place()
    tail.close()
    _append(log, "two\n")
    again = LogTail(log=log, places=tmp_path / "places.json")
    assert [told.body for told in again.read()] == [b"two"]
    again.close()


def test_a_log_that_is_turned_over_loses_nothing(tmp_path: Path) -> None:
    log, tail = _tail(tmp_path)
    _append(log, "one\n")
    log.rename(tmp_path / "auth.log.1")
    log.write_text("two\n")
    assert [told.body for told in (*tail.read(), *tail.read())] == [b"one", b"two"]
    tail.close()


def test_an_emptied_log_is_read_from_its_start(tmp_path: Path) -> None:
    log, tail = _tail(tmp_path)
    log.write_text("n\n")
    assert [told.body for told in tail.read()] == [b"n"]
    tail.close()


def test_a_line_of_a_log_is_never_taken_for_a_record_of_ours(tmp_path: Path) -> None:
    log, tail = _tail(tmp_path)
    _append(log, '{"hinomi":"goodbye","reason":"off"}\n')
    assert tail.read() == []
    tail.close()


def test_packages_that_are_installed_are_listed_and_others_not(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(_STATUS)
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "usr/sbin/clamd").touch()
    summary, packages = inventory.inventory(tmp_path, run=lambda command: "Inst openssl [3]\n")
    assert packages["packages"] == ["bash 5.2.15-2", "openssl 3.0.11-1"]
    assert summary["packages"] == "2"
    assert summary["protection"] == ["ClamAV"]
    assert summary["is_encrypted"] == "false"
    assert "root" in str(summary["administrators"])


def test_an_inventory_of_an_empty_machine_guesses_nothing(tmp_path: Path) -> None:
    (summary,) = inventory.inventory(tmp_path, run=lambda command: "")
    assert (summary["packages"], summary["protection"], summary["backup"]) == ("0", [], [])


def test_the_fingerprint_changes_with_the_packages(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    before = inventory.fingerprint(tmp_path)
    (tmp_path / "var/lib/dpkg/status").write_text(_STATUS)
    assert inventory.fingerprint(tmp_path) != before


def test_a_hash_is_taken_once_and_again_when_the_file_changed(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"one")
    machine = MachineLookups()
    first = machine.sha256(str(program))
    assert first == hashlib.sha256(b"one").hexdigest().upper()
    program.write_bytes(b"three")
    assert machine.sha256(str(program)) == hashlib.sha256(b"three").hexdigest().upper()
    assert machine.sha256(str(tmp_path / "none")) == ""


def test_hashing_has_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_BUDGET", 5)
    now = [0.0]
    machine = MachineLookups(monotonic=lambda: now[0])
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode() * 4)
    assert machine.sha256(str(tmp_path / "a"))
    assert machine.sha256(str(tmp_path / "b")) == ""
    now[0] = 60.0
    assert machine.sha256(str(tmp_path / "b"))


def test_a_process_that_appears_between_two_looks_is_told(tmp_path: Path) -> None:
    now = [1_795_165_200.0]
    polling = ProcCollector(
        lookups=MachineLookups(proc=tmp_path), own_pid=1, proc=tmp_path, wall=lambda: now[0]
    )
    assert polling.read() == []
    folder = tmp_path / "77"
    folder.mkdir()
    (folder / "exe").symlink_to("/usr/bin/curl")
    (folder / "cwd").symlink_to("/tmp")
    (folder / "cmdline").write_bytes(b"curl\0-s\0")
    (folder / "status").write_text("Name:\tcurl\nPPid:\t9\nUid:\t0\t0\t0\t0\n")
    (tmp_path / "78").mkdir()  # gone again before it could be looked at
    now[0] += 2
    (told,) = polling.read()
    assert b'"CommandLine":"curl -s"' in told.body
    assert b'"Image":"/usr/bin/curl"' in told.body


def test_settings_are_read_by_nobody_else(tmp_path: Path) -> None:
    chosen = settings.Settings("https://tower.example.jp/ingest/v1/events", "hnm_x")
    settings.write_settings(tmp_path / "agent", chosen)
    assert (tmp_path / "agent" / settings.FILE).stat().st_mode & 0o777 == 0o600
    assert settings.read_settings(tmp_path / "agent") == chosen
    assert "hnm_x" not in repr(chosen)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"endpoint": 1}', "\xff"])
def test_settings_that_cannot_be_read_say_so(tmp_path: Path, text: str) -> None:
    (tmp_path / settings.FILE).write_text(text)
    with pytest.raises(settings.NotEnrolled):
        settings.read_settings(tmp_path)


@pytest.mark.parametrize(
    ("endpoint", "token"),
    [
        ("http://tower.example.jp/ingest/v1/events", "t"),
        ("tower.example.jp", "t"),
        ("https://tower.example.jp/ingest/v1/events", "two\nlines"),
        ("https://tower.example.jp/ingest/v1/events", ""),
    ],
)
def test_a_token_never_travels_in_the_open(endpoint: str, token: str) -> None:
    with pytest.raises(UsageError):
        settings.checked(settings.Settings(endpoint, token))
