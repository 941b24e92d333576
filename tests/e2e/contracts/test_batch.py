"""`hinomi batch`: what commands of their own say, in one process."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.contracts.tower import HINOMI, Tower

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.journey


@pytest.fixture
def still(tmp_path: Path) -> Tower:
    """A data folder without a running tower."""
    return Tower(tmp_path / "data")


def batch(
    tower: Tower, *lines: object, options: tuple[str, ...] = ()
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """Lines that are no text are written as JSON."""
    typed = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    done = tower.command("batch", *options, stdin="\n".join(typed))
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_is_answered_as_its_command_would_answer(still: Tower) -> None:
    add = ["organisation", "add", "一度に入る会社"]
    done, told = batch(still, ["firm", "add", "まとめる組合"], "", add, ["organisation", "list"])
    assert done.returncode == 0
    assert [each["exit"] for each in told] == [0, 0, 0]
    alone = still.command(*add, "--format", "json")
    assert json.loads(alone.stdout) == told[1]["answer"]
    assert [row["name"] for row in told[2]["answer"]] == ["一度に入る会社"]


def test_it_ends_at_the_first_failure_with_its_code(still: Tower) -> None:
    wrong = ["user", "link", "nobody@example.jp"]
    done, told = batch(still, ["firm", "add", "先"], wrong, ["firm", "add", "後"])
    assert done.returncode == still.command(*wrong).returncode == 1
    assert [each["exit"] for each in told] == [0, 1]
    assert told[1]["error"] == still.command(*wrong).stderr.strip()
    done, told = batch(still, wrong, ["firm", "add", "後"], options=("--go-on",))
    assert done.returncode == 1
    assert [each["exit"] for each in told] == [1, 0]


@pytest.mark.parametrize(
    "line",
    [
        "firm add 名前",
        [],
        {},
        {"words": ["firm"], "sudo": True},
        ["web"],
        ["batch"],
        ["django", "shell"],
        ["no-such-command"],
        ["firm"],
        [1, 2],
        "\x00",
    ],
)
def test_what_is_no_command_is_said_and_the_next_is_done(still: Tower, line: object) -> None:
    done, told = batch(still, line, ["firm", "add", "続き"], options=("--go-on",))
    assert [each["exit"] for each in told] == [2, 0]
    assert told[0]["error"]
    assert "Traceback" not in done.stderr + str(told)


def test_bytes_that_are_no_text_are_said_too(still: Tower) -> None:
    """Lines that a script wrote in another encoding."""
    lines = '["firm", "add", "組合"]\n'
    done = subprocess.run(
        [*HINOMI, "batch", "--go-on", "--data", str(still.data)],
        input=lines.encode("cp932") + lines.encode(),
        capture_output=True,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["exit"] for each in told] == [2, 0]
    assert done.stderr == b""


def test_what_a_command_reads_is_given_to_it_alone(still: Tower) -> None:
    words = {"words": ["texts", "check", "-"], "input": "サイバー攻撃によりマルウェアに感染"}
    done, told = batch(still, words, ["firm", "add", "続き"], options=("--go-on",))
    alone = still.command("texts", "check", "-", "--format", "json", stdin=words["input"])
    assert told[0]["exit"] == alone.returncode
    assert told[0]["answer"] == json.loads(alone.stdout)
    assert told[1]["exit"] == 0
    assert done.returncode == alone.returncode
