"""`hinomi normalise`: one JSON object per record, in order; problems on stderr and in the exit."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, list[dict[str, object]], str]]

RTX = "<134>Login failed for SSH: 198.51.100.44 root"


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command with this standard input; gives exit code, objects and stderr."""

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, object]], str]:
        monkeypatch.setattr(sys, "stdin", _Stdin(stdin))
        code = main(["normalise", *arguments])
        out, error = capsysbinary.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], error.decode()

    return call


def test_each_line_of_standard_input_gives_one_object_in_order(run: Run) -> None:
    lines = [RTX, "", '{"cut', "user=葵 src=1.2.3.4"]
    code, found, error = run("-", "--as", "ecs", stdin="\n".join(lines).encode())
    assert (code, error) == (0, "")
    assert [row.get("set_aside") for row in found] == [None, "empty", "not_json", None]
    assert [row["event.original"] for row in found] == lines
    assert found[0]["source.ip"] == "198.51.100.44"


@pytest.mark.parametrize("name", ["native", "ecs", "ocsf"])
def test_invalid_bytes_come_out_as_valid_utf_8_in_every_view(run: Run, name: str) -> None:
    _, found, _ = run("-", "--as", name, stdin=b"\x81\xff\xfe msg=\xe9\n")
    assert len(found) == 1


def test_the_zone_given_is_the_zone_used(run: Run) -> None:
    line = b"2026/11/20 09:00:00: IP Tunnel[1] Up\n"
    _, found, _ = run("-", "--as", "ecs", "--timezone", "UTC", stdin=line)
    assert found[0]["@timestamp"] == "2026-11-20T09:00:00Z"


def test_a_format_given_is_the_only_one_tried(run: Run) -> None:
    _, found, _ = run("-", "--format", "windows", stdin=RTX.encode())
    assert found[0]["set_aside"] == "unknown_format"


def test_a_missing_file_is_wrong_usage_as_in_scan_and_rules(run: Run, tmp_path: Path) -> None:
    code, found, error = run(str(tmp_path / "none.log"))
    assert (code, found) == (2, [])
    assert "none.log" in error


@pytest.mark.parametrize("wrong", [("--format", "nonesuch"), ("--timezone", "Mars/Olympus")])
def test_a_name_that_does_not_exist_is_wrong_usage(run: Run, wrong: tuple[str, str]) -> None:
    code, _, error = run("-", *wrong)
    assert code == 2
    assert wrong[1] in error
