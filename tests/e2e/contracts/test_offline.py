"""`scan`, `normalise`, `rules` and `doctor` as a program that reads their output sees them."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.contracts.tower import HINOMI

COMMANDS = [
    "demo",
    "up",
    "scan",
    "normalise",
    "rules",
    "doctor",
    "bench",
    "lake",
    "firm",
    "organisation",
    "engagement",
    "source",
    "device",
    "user",
    "incidents",
    "events",
    "outbox",
    "texts",
    "migrate",
]
BRUTE = (
    '{"Channel":"Security","Provider_Name":"Microsoft-Windows-Eventlog","EventID":1102,'
    '"Computer":"<b>PC</b>","SubjectUserName":"=cmd|\'/c calc\'!A1\\u001b[31m"}\n'
)


def hinomi(
    *arguments: str, stdin: bytes = b"", folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """One offline command."""
    return subprocess.run(
        [*HINOMI, *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "HINOMI_DATA": str(folder or "/nonexistent/data")},
    )


def objects(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """Standard output as JSON lines; no line may be anything else."""
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@pytest.mark.parametrize(
    ("shape", "name"),
    [("native", "event.original"), ("ecs", "event.original"), ("ocsf", "raw_data")],
)
def test_each_line_of_standard_input_gives_one_object_in_its_place(shape: str, name: str) -> None:
    lines = [
        b'{"EventID":4625,"Channel":"Security","n":0}',
        b'{"half": ',
        b"Nov 20 09:12:01 sv sshd[2]: Failed password for root from 198.51.100.1 port 2 ssh2",
        b"\xff\xfe\xfd \x00 line 3",
        b'date=2026-11-20 time=10:00:00 devid="FG1" type="traffic" subtype="forward" line=4',
        "日本語 line 5".encode("cp932"),
        b"[1, 2, 3]",
        b"null",
        b"x" * 300_000,
        b'{"deep":' * 3000 + b"1" + b"}" * 3000,
        b'{"a":NaN,"b":1e999,"c":"\\ud800"}',
        b"last",
    ]
    done = hinomi("normalise", "--as", shape, "-", stdin=b"\n".join(lines))
    assert done.returncode == 0, done.stderr
    found = objects(done)
    assert len(found) == len(lines)
    for line, each in zip(lines, found, strict=True):
        given = each["event.original" if "set_aside" in each else name]
        assert given.encode()  # valid UTF-8
        if line.isascii():
            assert given == line.decode()
        if "set_aside" in each:
            assert set(each) == {"set_aside", "event.original"}
    assert "set_aside" in found[1]


def test_no_records_are_no_objects_and_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    (tmp_path / "folder").mkdir()
    for given in ("-", "empty.log", "folder"):
        done = hinomi("normalise", given, folder=tmp_path)
        assert (done.returncode, done.stdout) == (0, b""), given


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/St_Johns", "Pacific/Chatham"])
def test_times_without_a_zone_are_read_in_the_given_one(zone: str) -> None:
    line = b"<174>2026/11/20 02:12:08: Login failed for SSH: 198.51.100.44\n"
    [found] = objects(hinomi("normalise", "--timezone", zone, "--as", "ecs", "-", stdin=line))
    expected = {
        "Asia/Tokyo": "2026-11-19T17:12:08",
        "UTC": "2026-11-20T02:12:08",
        "America/St_Johns": "2026-11-20T05:42:08",
        "Pacific/Chatham": "2026-11-19T12:27:08",
    }
    assert found["@timestamp"].startswith(expected[zone])


@pytest.mark.parametrize(
    "arguments",
    [
        ["normalise", "--timezone", "Mars/Olympus", "-"],
        ["normalise", "--as", "cef", "-"],
        ["normalise", "--format", "toaster", "-"],
        ["normalise"],
        ["normalise", "no-such-file"],
        ["scan"],
        ["scan", "no-such-file"],
        ["scan", "--format", "docx", "."],
        ["scan", "--rules", "no-such-rules", "."],
        ["rules"],
        ["rules", "check"],
        ["rules", "check", "no-such-rules"],
        ["no-such-command"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_nothing_on_stdout(arguments: list[str], tmp_path: Path) -> None:
    done = hinomi(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.strip()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = hinomi(command, "--help")
    assert done.returncode == 0
    assert b"usage:" in done.stdout


def test_a_finding_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_text('{"EventID": 1}\n' + BRUTE)
    done = hinomi("scan", "--format", "jsonl", "log.ndjson", folder=tmp_path)
    assert done.returncode == 1
    [found] = objects(done)
    keys = {"rule_id", "rule_title", "level", "time", "source", "record", "host", "user"}
    assert set(found) == keys | {"tags", "why"}
    assert (found["source"], found["record"], found["level"]) == ("log.ndjson", 2, "high")
    assert found["why"]


def test_hostile_fields_are_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_text(BRUTE)
    table = hinomi("scan", "log.ndjson", folder=tmp_path).stdout
    assert b"\x1b" not in table
    page = hinomi("scan", "--format", "html", "log.ndjson", folder=tmp_path).stdout.decode()
    assert "<b>PC" not in page
    assert "&lt;b&gt;PC" in page
    assert "\x1b" not in page


def test_archives_are_read_inside_and_never_outside(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("../../escaped.ndjson", BRUTE)
        archive.writestr("deep/er/log.ndjson", BRUTE)
    done = hinomi("scan", "--format", "jsonl", "logs.zip", folder=tmp_path)
    assert len(objects(done)) >= 1
    assert not list(tmp_path.parent.glob("escaped*"))
    assert [each.name for each in tmp_path.iterdir()] == ["logs.zip"]


def test_a_reader_that_leaves_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_text(BRUTE * 20_000)
    for command in (["scan", "--format", "jsonl"], ["normalise"]):
        program = subprocess.Popen(
            [*HINOMI, *command, "log.ndjson"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
        )
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        with program.stderr as stderr:
            assert b"Traceback" not in stderr.read()
        assert program.wait(20) < 128


def test_refused_rules_are_told_with_place_and_reason(tmp_path: Path) -> None:
    head = "title: t\nid: 5f9b3c1e-8f3e-4c2f-9d51-000000000001\nlogsource: {product: windows}\n"
    rules = {
        "good.yml": head + "detection:\n  a: {EventID: 1}\n  condition: a\n",
        "tab.yml": head + "detection:\n\ta: {EventID: 1}\n  condition: a\n",
        "missing.yml": head + "detection:\n  a: {EventID: 1}\n  condition: a and b\n",
        "modifier.yml": head + "detection:\n  a: {EventID|soundslike: 1}\n  condition: a\n",
        "empty.yml": "",
        "list.yml": "- 1\n- 2\n",
        "binary.yml": "\0\1\2",
    }
    for name, text in rules.items():
        (tmp_path / name).write_text(text)
    done = hinomi("rules", "check", ".", "--format", "json", folder=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert set(told) >= {"loaded", "refused"}
    assert told["loaded"] == 1
    refused = {Path(each["path"]).name: each for each in told["refused"]}
    assert set(refused) >= {"tab.yml", "missing.yml", "modifier.yml", "list.yml", "binary.yml"}
    for each in told["refused"]:
        assert set(each) >= {"path", "line", "column", "reason"}
        assert each["line"] >= 1
        assert each["column"] >= 1
        assert each["reason"]
    assert refused["tab.yml"]["line"] == 5
    assert refused["missing.yml"]["line"] == 6
    assert refused["modifier.yml"]["line"] == 5


def test_all_of_sigmahq_is_imported_or_refused_with_reasons(tmp_path: Path, shared: Path) -> None:
    pack = shared / "sigma-rules.tar.gz"
    done = hinomi("rules", "import", str(pack), "--data", "data", folder=tmp_path)
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    kept = list((tmp_path / "data" / "rules").rglob("*.yml"))
    assert len(kept) > 2000
    listed = hinomi("rules", "list", "--format", "jsonl", "--data", "data", folder=tmp_path)
    assert len(objects(listed)) >= len(kept)


def test_the_doctor_answers_in_json_on_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = hinomi("doctor", "--data", "nowhere", "--format", "json", folder=tmp_path)
    assert json.loads(done.stdout)
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "nowhere").exists()
