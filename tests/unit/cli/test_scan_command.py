"""`hinomi scan` as people and programs call it: the contract of its keys and exit codes."""

from __future__ import annotations

import gzip
import json
import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

KEYS = ["rule_id", "rule_title", "level", "time", "source", "record", "host", "user", "tags", "why"]
CLEARED = json.dumps(
    {
        "@timestamp": "2026-11-20T01:00:00Z",
        "winlog": {
            "channel": "Security", "event_id": "1102", "computer_name": "KEIRI-02",
            "provider_name": "Microsoft-Windows-Eventlog",
            "event_data": {"SubjectUserName": "keiri"},
        },
    }
)  # fmt: skip
QUIET = "<134>IP Tunnel[1] Up"
ATTEMPT = "<134>Login failed for SSH: 198.51.100.44 root"


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Runs the command in an empty folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("HINOMI_DATA", "HINOMI_RULES", "HINOMI_CLOCK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["scan", *arguments])
        captured = capsysbinary.readouterr()
        return code, captured.out.decode(), captured.err.decode()

    return call


def test_json_lines_have_exactly_the_keys_of_the_contract(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{QUIET}\n{CLEARED}\n")
    code, out, _ = run("--format", "jsonl", "a.jsonl")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert list(row) == KEYS
    assert (row["source"], row["record"]) == ("a.jsonl", 2)
    assert (row["host"], row["user"]) == ("KEIRI-02", "keiri")
    assert row["level"] == "high"
    assert row["time"] == "2026-11-20T01:00:00.000Z"
    assert {"selection", "field", "value", "pattern"} == set(row["why"][0])


def test_a_list_in_a_record_is_each_of_its_elements(run: Run, tmp_path: Path) -> None:
    """CloudTrail, Microsoft 365 and ECS write many values under one name; Sigma asks for any."""
    record = {"host": {"ip": ["fe80::1", "10.1.2.3"]}, "process": {"args": ["C:\\x.exe", "-k"]}}
    other = {"host": {"ip": ["fe80::1", "10.1.2.3"]}, "process": {"args": ["C:\\y.exe", "-k"]}}
    lines = [json.dumps({"@timestamp": "2026-11-20T01:00:00Z", **each}) for each in (record, other)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "r.yml").write_text(
        "title: Lists\nid: 3d3ff5a1-0c0a-4f0b-9d5c-6e1f0b7a0c11\nlevel: high\n"
        "logsource: {product: generic}\n"
        "detection:\n  s: {host.ip|cidr: 10.0.0.0/8, process.args|endswith: '\\x.exe'}\n"
        "  condition: s\n"
    )
    code, out, _ = run("--format", "jsonl", "--rules", "r.yml", "a.jsonl")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert (code, row["record"]) == (1, 1)
    assert [why["value"] for why in row["why"]] == ["10.1.2.3", "C:\\x.exe"]


def test_a_source_is_the_path_as_reached_from_the_one_given(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.log").write_text(f"{ATTEMPT}\n")
    with zipfile.ZipFile(tmp_path / "logs" / "b.zip", "w") as archive:
        archive.writestr("inner.log", f"{QUIET}\n{ATTEMPT}\n")
    (tmp_path / "logs" / "c.log.gz").write_bytes(gzip.compress(f"{ATTEMPT}\n".encode()))
    _, out, _ = run("--format", "jsonl", "logs")
    found = {(row["source"], row["record"]) for row in map(json.loads, out.splitlines())}
    assert ("logs/deep/a.log", 1) in found
    assert ("logs/b.zip!inner.log", 2) in found
    assert any(source.startswith("logs/c.log.gz") for source, _ in found)


def test_nothing_found_is_exit_code_0(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{QUIET}\n")
    assert run("--format", "jsonl", "a.log") == (0, "", "")
    code, out, _ = run("a.log")
    assert code == 0
    assert "見つかりませんでした" in out


def test_a_minimum_level_hides_what_is_below_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{ATTEMPT}\n{CLEARED}\n")
    levels = {
        level: [json.loads(line)["level"] for line in run("--format", "jsonl", "--min-level",
                level, "a.log")[1].splitlines()]
        for level in ("low", "medium", "critical")
    }  # fmt: skip
    assert levels == {"low": ["low", "high"], "medium": ["high"], "critical": []}


def test_a_path_that_is_not_there_is_wrong_use_and_is_said_at_once(run: Run) -> None:
    code, out, error = run("missing.evtx")
    assert (code, out) == (2, "")
    assert "missing.evtx" in error


def test_rules_that_are_not_there_are_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{QUIET}\n")
    code, _, error = run("--rules", "nowhere", "a.log")
    assert code == 2
    assert "nowhere" in error


def test_a_folder_of_rules_without_a_usable_one_stops_instead_of_finding_nothing(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.yml").write_text("title: x\ndetection: []\n")
    (tmp_path / "a.log").write_text(f"{CLEARED}\n")
    code, out, error = run("--rules", "rules", "a.log")
    assert (code, out) == (1, "")
    assert "bad.yml" in error


def test_an_empty_folder_is_told_and_is_no_trouble(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, _ = run("empty")
    assert code == 0
    assert "調べる記録がありませんでした" in out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_right_is_told_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{ATTEMPT}\n")
    (tmp_path / "closed.log").write_text(f"{ATTEMPT}\n")
    (tmp_path / "closed.log").chmod(0)
    code, out, error = run("--format", "jsonl", ".")
    assert code == 1
    assert len(out.splitlines()) == 1
    assert "closed.log" in error


def test_a_damaged_file_is_exit_code_1_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.evtx").write_bytes(b"ElfFile\x00" + b"\xff" * 500)
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04" + b"\x00" * 60)
    (tmp_path / "c.log").write_text(f"{QUIET}\n")
    code, out, _ = run(".")
    assert code == 1
    assert "最後まで読めなかったファイル" in out
    assert "a.evtx" in out
    assert "1件の記録" in out


def test_controls_in_a_record_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    record = json.loads(CLEARED)
    record["winlog"]["computer_name"] = "\x1b]0;owned\x07\u202e<b>=cmd|x"
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    for form in ("table", "jsonl", "html"):
        out = run("--format", form, "a.jsonl")[1]
        assert not set(out) & set("\x1b\x07\u202e"), form
    assert "<b>=cmd" not in run("--format", "html", "a.jsonl")[1]


def test_an_html_report_is_written_whole_and_leaves_no_pieces(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{CLEARED}\n")
    code, out, _ = run("--format", "html", "--lang", "en", "--output", "report.html", "a.jsonl")
    assert (code, out) == (1, "")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in report
    assert report.rstrip().endswith("</html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "report.html"]


def test_a_report_that_cannot_be_written_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{CLEARED}\n")
    code, _, error = run("--format", "html", "--output", "no/such/report.html", "a.jsonl")
    assert code == 1
    assert "no/such/report.html" in error


def test_a_time_zone_that_is_none_is_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{QUIET}\n")
    assert run("--timezone", "Asia/Edo", "a.log")[0] == 2
    assert run("--timezone", "../../etc/passwd", "a.log")[0] == 2


def test_the_time_zone_applies_where_a_record_states_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("2026/11/20 09:00:00: Login failed for SSH: 198.51.100.44\n")
    times = [
        json.loads(run("--format", "jsonl", "--timezone", zone, "a.log")[1])["time"]
        for zone in ("Asia/Tokyo", "UTC")
    ]
    assert times == ["2026-11-20T00:00:00.000Z", "2026-11-20T09:00:00.000Z"]


def test_an_event_log_cut_in_half_gives_what_can_be_read(
    run: Run, tmp_path: Path, shared: Path
) -> None:
    whole = (shared / "evtx-dev" / "bits_openvpn.evtx").read_bytes()
    (tmp_path / "cut.evtx").write_bytes(whole[: len(whole) // 2])
    code, out, _ = run("cut.evtx")
    assert code == 1
    assert "途中で切れています" in out
    assert re.search(r"[1-9][\d,]*件の記録を調べ", out)


def test_all_labelled_recordings_fire_the_rule_of_their_name(
    run: Run, sigmahq_folder: Path, shared: Path
) -> None:
    _, out, _ = run(
        "--rules", str(sigmahq_folder), "--format", "jsonl", str(shared / "sigma-regression-dev")
    )
    rows = [json.loads(line) for line in out.splitlines()]
    fired = {(Path(row["source"]).stem, row["rule_id"]) for row in rows}
    wanted = {path.stem for path in (shared / "sigma-regression-dev").glob("*.evtx")}
    assert wanted
    assert {name for name in wanted if (name, name) not in fired} == set()


def test_attack_recordings_read_well_with_our_own_rules(run: Run, shared: Path) -> None:
    code, out, _ = run(str(shared / "evtx-dev"))
    assert code == 1
    assert "今すぐ" in out
    assert "パソコンの記録が消された" in out
    assert max(map(len, out.splitlines())) <= 100
