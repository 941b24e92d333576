"""`hinomi hunt`: whose events it reads, what it says, and that a kill costs nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.stores.hunting import AOI, FUMI, GONE, fill_lake, process, publish_companies

from hinomi.cli.main import main
from hinomi.store.hunt_rows import HuntState
from hinomi.store.hunts import all_hunts, hunt_named

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
title: Shadow copies deleted
id: 11111111-2222-4333-8444-555555555555
level: high
tags: [attack.t1490]
logsource: {product: windows, category: process_creation}
detection:
  s: {Image|endswith: '\\vssadmin.exe'}
  condition: s
"""
EVIL = "C:\\Windows\\System32\\vssadmin.exe"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A rule, and an event it finds among others, of each company on each of three days."""
    folder = tmp_path / "data"
    publish_companies(folder)
    (tmp_path / "rule.yml").write_text(RULE)
    number = iter(range(1000))
    records = []
    for days_ago in (0, 1, 40):
        for organisation in (AOI, FUMI, GONE):
            place = {"organisation": organisation, "days_ago": days_ago}
            records += [process(next(number), **place) for _ in range(3)]
            records.append(process(next(number), EVIL, **place))
    fill_lake(folder, records)
    return folder


def hunted(
    data: Path, capsys: pytest.CaptureFixture[str], *options: str, code: int = 1
) -> list[dict[str, object]]:
    """The JSON lines of a hunt on the rule."""
    rule = ["--rules", str(data.parent / "rule.yml")]
    clock = ["--data", str(data), "--format", "jsonl"]
    assert main(["hunt", *rule, *clock, *options]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def the_day_of_the_events(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Retention counts from today."""
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "rehearsal").touch()
    monkeypatch.setenv("HINOMI_CLOCK", "2026-11-21T02:00:00+00:00")


def test_a_finding_has_the_keys_of_scan_and_says_whose_event_it_was(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = hunted(data, capsys, "--organisation", AOI)
    assert list(found[0]) == [
        "rule_id", "rule_title", "level", "time", "source", "host", "user", "tags", "why",
        "organisation", "event_id",
    ]  # fmt: skip
    assert [one["time"] for one in found] == [
        "2026-11-21T01:02:06.000Z", "2026-11-20T01:02:18.000Z", "2026-10-12T01:02:30.000Z",
    ]  # fmt: skip
    assert found[0]["why"] == [
        {
            "selection": "s",
            "field": "Image",
            "value": EVIL,
            "pattern": "endswith: \\vssadmin.exe",
        }
    ]


def test_only_the_named_companies_are_read_and_only_what_they_may_keep(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """文's records are kept for 30 days; the company that left is nobody's to read."""
    of = [one["organisation"] for one in hunted(data, capsys, "--organisation", FUMI)]
    assert of == [FUMI, FUMI]
    everybody = hunted(data, capsys, "--all-organisations")
    assert sorted(str(one["organisation"]) for one in everybody) == [AOI] * 3 + [FUMI] * 2
    assert hunted(data, capsys, "--organisation", GONE, code=2) == []


def test_only_the_times_asked_for_are_read(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def days(*options: str, code: int = 1) -> list[str]:
        found = hunted(data, capsys, "--organisation", AOI, *options, code=code)
        return [str(one["time"])[:10] for one in found]

    assert days("--since", "2d") == ["2026-11-21", "2026-11-20"]
    assert days("--since", "2026-11-20", "--until", "2026-11-21") == ["2026-11-20"]
    assert days("--until", "2026-11-01") == ["2026-10-12"]
    assert days("--since", "2026-11-21T10:02:06.5", code=0) == [], "in Tokyo"
    assert days("--since", "2026-11-21T10:02:06", "--until", "1h", code=2) == []


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--organisation", AOI, "--all-organisations"],
        ["--organisation", "org_nobody"],
        ["--organisation", AOI, "--since", "yesterday"],
        ["--organisation", AOI, "--timezone", "Mars/Olympus"],
        ["--organisation", AOI, "--rules", "no-such-rule"],
    ],
)
def test_wrong_use_reads_nothing(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert hunted(data, capsys, *options, code=2) == []
    assert all_hunts(data) == []


def test_the_id_of_a_rule_in_use_is_enough(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "import", str(data.parent / "rule.yml"), "--data", str(data)]) == 0
    capsys.readouterr()
    rule = ["--rules", "11111111-2222-4333-8444-555555555555"]
    arguments = ["hunt", *rule, "--organisation", AOI, "--data", str(data), "--format", "json"]
    assert main(arguments) == 1
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_torn_and_missing_files_are_told_and_the_rest_is_read(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (torn,) = (data / "lake" / "2026-11-21").iterdir()
    (gone,) = (data / "lake" / "2026-11-20").iterdir()
    torn.write_bytes(torn.read_bytes()[:-50])
    gone.unlink()
    rule = ["--rules", str(data.parent / "rule.yml"), "--data", str(data)]
    assert main(["hunt", *rule, "--all-organisations", "--format", "jsonl"]) == 1
    said = capsys.readouterr()
    assert torn.name in said.err
    assert f"{gone.name} is gone" in said.err
    assert len(said.out.splitlines()) == 1


def test_beyond_the_limit_findings_are_counted(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(hunted(data, capsys, "--all-organisations", "--limit", "2")) == 2
    assert all_hunts(data)[0].progress.beyond == 3


POINTS = ["hunt:after-look:1", "hunt:after-look:4", "hunt:before-progress", "hunt:after-progress"]


@pytest.mark.parametrize("point", POINTS)
def test_a_hunt_that_is_killed_goes_on_and_ends_as_if_it_never_stopped(
    data: Path, capsys: pytest.CaptureFixture[str], point: str
) -> None:
    undisturbed = hunted(data, capsys, "--all-organisations")
    (before,) = all_hunts(data)
    command = [sys.executable, "-m", "hinomi.cli.main", "hunt", "--data", str(data)]
    rule = ["--rules", str(data.parent / "rule.yml"), "--all-organisations", "--crash-at", point]
    done = subprocess.run([*command, *rule], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    (killed,) = (each for each in all_hunts(data) if each.id != before.id)
    assert killed.state is HuntState.STOPPED
    assert main(["hunt", "resume", killed.id, "--data", str(data), "--format", "jsonl"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found == undisturbed
    assert killed.progress.rows == 20
    assert killed.state is HuntState.DONE


def test_records_that_come_later_are_not_part_of_a_hunt_that_goes_on(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads the lake as it was when it was ordered, else a resume would find something else."""
    command = [sys.executable, "-m", "hinomi.cli.main", "hunt", "--data", str(data)]
    rule = ["--rules", str(data.parent / "rule.yml"), "--organisation", AOI]
    subprocess.run([*command, *rule, "--crash-at", "hunt:after-look"], check=False)
    fill_lake(data, [process(900, EVIL)])
    assert main(["hunt", "resume", all_hunts(data)[0].id, "--data", str(data)]) == 1
    assert all_hunts(data)[0].progress.findings == 3


def test_a_hunt_does_not_go_on_with_other_rules(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hunted(data, capsys, "--organisation", AOI)
    folder = all_hunts(data)[0]
    (folder.path / "end.json").unlink()
    (data.parent / "rule.yml").write_text(RULE.replace("vssadmin", "wbadmin"))
    assert main(["hunt", "resume", folder.id, "--data", str(data)]) == 1
    assert "have changed" in capsys.readouterr().err
    assert folder.state is HuntState.FAILED


def test_hunts_are_listed_shown_and_deleted(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = hunted(data, capsys, "--organisation", AOI)
    options = ["--data", str(data), "--format", "jsonl"]
    assert main(["hunt", "list", *options]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["state"], row["findings"], row["companies"]) == ("done", 3, 1)
    assert main(["hunt", "show", row["id"], *options]) == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == found
    assert main(["hunt", "cancel", row["id"], *options]) == 2
    assert main(["hunt", "delete", row["id"], *options]) == 0
    assert main(["hunt", "show", row["id"], *options]) == 2
    assert main(["hunt", "show", "../lake", *options]) == 2


def test_what_was_found_of_a_company_that_left_is_not_shown(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hunted(data, capsys, "--all-organisations")
    publish_companies(data, left=(FUMI,))
    hunt_id = all_hunts(data)[0].id
    assert main(["hunt", "show", hunt_id, "--data", str(data), "--format", "jsonl"]) == 1
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["organisation"] for one in shown} == {AOI}


def test_a_running_hunt_can_be_stopped_and_goes_on(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hunted(data, capsys, "--organisation", AOI)
    folder = hunt_named(all_hunts(data)[0].id, data=data)
    (folder.path / "progress.json").unlink()
    (folder.path / "end.json").unlink()
    with folder.running():
        assert folder.state is HuntState.RUNNING
        assert main(["hunt", "delete", folder.id, "--data", str(data)]) == 1
        assert main(["hunt", "resume", folder.id, "--data", str(data)]) == 1
        assert main(["hunt", "cancel", folder.id, "--data", str(data)]) == 0
        assert folder.is_stopping
    assert main(["hunt", "resume", folder.id, "--data", str(data)]) == 1
    assert folder.progress.findings == 3
