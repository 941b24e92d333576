"""`hinomi intel`: from a feed to the file the directory names, and what is stopped on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main
from hinomi.core.directory import Directory, Organisation, Source
from hinomi.core.indicators import Kind
from hinomi.detect.intel import PackedSet
from hinomi.store.directory import load, publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Intel = Callable[..., tuple[int, list[dict[str, object]], str]]


@pytest.fixture
def intel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Intel:
    """Runs a command on DATA; (exit code, rows, what was said on the side)."""
    monkeypatch.setenv("HINOMI_DATA", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
        reads_feed = arguments[0] in ("import", "check")
        option = "--output-format" if reads_feed else "--format"
        code = main(["intel", *arguments, option, "jsonl"])
        out, err = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return run


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.txt"
    path.write_text("45.155.205.233\nevil.example\n")
    return path


def in_use(data: Path) -> set[tuple[Kind, str]]:
    name = load(data=data).indicators
    return {one.key for one in PackedSet(data / "intel" / name)} if name else set()


def test_an_import_is_in_use_at_once(intel: Intel, feed: Path, tmp_path: Path) -> None:
    code, rows, said = intel("import", str(feed), "--source", "ours", "--confidence", "80")
    assert (code, rows[0]["added"], rows[0]["in_use"]) == (0, 2, 2)
    assert "read as a list" in said
    data = tmp_path / "data"
    assert in_use(data) == {(Kind.IP, "45.155.205.233"), (Kind.DOMAIN, "evil.example")}
    before = load(data=data).generation
    intel("import", str(feed), "--source", "ours")
    assert load(data=data).generation == before, "the same again changes nothing"
    assert intel("show", "evil[.]example")[1][0]["confidence"] == 80, "the source's own default"


def test_a_poisoned_feed_is_stopped_and_a_person_can_override(intel: Intel, tmp_path: Path) -> None:
    data = tmp_path / "data"
    company = Organisation("o1", "Aoba")
    office = Source("s1", "o1", "syslog", "fw", addresses=("45.155.205.99",))
    publish(Directory(organisations=(company,), sources=(office,)), data=data)
    poison = tmp_path / "poison.txt"
    poison.write_text("0.0.0.0/0\n10.0.0.0/8\ngoogle.com\n8.8.8.8\nco.jp\n45.155.205.99\n"
                      "d41d8cd98f00b204e9800998ecf8427e\nevil.example\n")  # fmt: skip
    code, rows, said = intel("import", str(poison), "--source", "bad")
    assert (code, rows[0]["held"]) == (1, 7)
    assert in_use(data) == {(Kind.DOMAIN, "evil.example")}
    assert "nearly everybody uses" in said
    reasons = {row["value"]: row["held"] for row in intel("held")[1]}
    assert "customer" in reasons["45.155.205.99"]
    later = "2999-01-01"
    assert intel("allow", "8.8.8.8", "--reason", "tunnel", "--until", later)[0] == 2
    assert intel("allow", "evil.example", "--reason", "x", "--until", _soon())[0] == 1
    assert intel("allow", "8.8.8.8", "--reason", "DNS tunnel", "--until", _soon())[0] == 0
    assert (Kind.IP, "8.8.8.8") in in_use(data)
    assert load(data=data).organisations == (company,), "the portal's part stays as it was"
    publish(Directory(organisations=(company,), sources=()), data=data)
    assert (Kind.IP, "8.8.8.8") in in_use(data), "the portal's next snapshot keeps the set"


def _soon() -> str:
    from datetime import UTC, datetime, timedelta

    return str((datetime.now(UTC) + timedelta(days=30)).date())


def test_a_check_keeps_nothing(intel: Intel, feed: Path, tmp_path: Path) -> None:
    code, rows, _ = intel("check", str(feed))
    assert (code, len(rows)) == (0, 2)
    assert intel("list")[1] == []
    assert not (tmp_path / "data" / "intel").exists()


def test_removing_the_last_source_leaves_no_set(intel: Intel, feed: Path, tmp_path: Path) -> None:
    intel("import", str(feed), "--source", "ours")
    assert intel("remove", "evil.example")[1] == [{"removed": 1}]
    assert in_use(tmp_path / "data") == {(Kind.IP, "45.155.205.233")}
    assert intel("remove", "--source", "ours")[0] == 0
    assert load(data=tmp_path / "data").indicators == ""
    assert intel("remove", "--source", "ours")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("import", "{feed}"), "Whose"),
        (("import", "{feed}", "--source", "x", "--confidence", "200"), "0 to 100"),
        (("import", "/no/such/file", "--source", "x"), "cannot be read"),
        (("import", "http://feeds.example/x", "--source", "x"), "plain HTTP"),
        (("pull",), "No source"),
        (("remove",), "Give a value"),
        (("allow", "8.8.8.8", "--reason", "x"), "Until when"),
        (("allow", "8.8.8.8", "--reason", " ", "--until", "2027-01-01"), "reason"),
        (("show", "?"), "neither"),
    ],
    ids=range(9),
)
def test_wrong_usage_is_said_with_advice(
    intel: Intel, feed: Path, arguments: tuple[str, ...], word: str
) -> None:
    code, _, said = intel(*(each.format(feed=feed) for each in arguments))
    assert code == 2
    assert word in said
