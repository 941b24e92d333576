"""`hinomi format` without a data folder: learn, test, read, anonymise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

LINES = (
    "2026/11/20 10:12:05 [門] ウイルスを駆除しました 端末：KEIRI-2 検出名：W32/Test.A\n"
    "2026/11/20 10:13:05 [門] ウイルスを駆除しました 端末：SOUMU-1 検出名：EICAR\n"
)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "gate.txt"
    path.write_text(LINES, encoding="cp932")
    return path


def learned(lines: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Path:
    assert main(["format", "learn", str(lines), *options]) == 0
    path = lines.with_suffix(".json")
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def test_learn_test_and_read_go_together(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = learned(lines, capsys, "--confirm")
    assert "KEIRI-2" not in path.read_text(encoding="utf-8")
    assert main(["format", "test", str(path), str(lines), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "tests": 2, "faults": [], "lines": 2, "read": 2, "unread": [],
    }  # fmt: skip
    assert main(["format", "read", str(path), str(lines), "--as", "ecs"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["host.name"] == "KEIRI-2"
    assert second["hinomi.disposition"] == "stopped"


def test_without_confirmation_nothing_counts_as_stopped(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = learned(lines, capsys)
    main(["format", "read", str(path), str(lines)])
    assert {json.loads(line)["_disposition"] for line in capsys.readouterr().out.splitlines()} == {
        "unknown"
    }


def test_a_definition_that_changed_fails_its_tests(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = learned(lines, capsys)
    path.write_text(path.read_text(encoding="utf-8").replace("{threat:word}", "{rule:word}", 1))
    assert main(["format", "test", str(path)]) == 1
    assert "test 1: threat" in capsys.readouterr().out


def test_a_broken_file_is_named_with_its_place(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines.with_name("broken.json")
    path.write_text('{"hinomi_format": 1, "name": "x", "layouts": [{"kind": 7}]}')
    assert main(["format", "test", str(path)]) == 1
    told = capsys.readouterr().err
    assert "broken.json" in told
    assert "$.layouts[0].kind" in told
    assert main(["format", "test", str(path.with_name("nowhere.json"))]) == 2


def test_the_same_key_gives_the_same_sample(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = lines.with_name("key")
    key.write_text("of this test")
    command = ["format", "anonymise", str(lines), "--key-file", str(key)]
    assert main(command) == 0
    first = capsys.readouterr()
    assert main(command) == 0
    assert capsys.readouterr().out == first.out
    assert "KEIRI-2" not in first.out
    assert "host 2" in first.err


def test_nothing_to_learn_from_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("\n\n")
    assert main(["format", "learn", str(path)]) == 1
    assert "No line with text" in capsys.readouterr().err
