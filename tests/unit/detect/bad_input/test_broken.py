"""More than a hundred broken files among good ones: each is named, and none takes another along."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hinomi.cli.main import main
from tests.unit.detect.bad_input.broken import BROKEN, GOOD
from tests.unit.detect.bench import GOLDENS

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_REASON = 1_500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every broken file under its name, between the good ones."""
    folder = tmp_path_factory.mktemp("rules")
    texts: dict[str, str | bytes] = {**GOOD, **_goldens()}
    texts |= {f"{name}.yml": content for name, (content, _, _) in BROKEN.items()}
    for name, content in texts.items():
        folder.joinpath(name).write_bytes(_bytes(content))
    return folder


def _goldens() -> dict[str, str]:
    """The texts of goldens/detect/refused, but not those that need company to be read."""
    cases = [
        case
        for path in sorted((GOLDENS / "refused").glob("*.yml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return {f"golden-{case['name']}.yml": case["text"] for case in cases}


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["rules", "check", *arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_each_is_refused_with_place_reason_and_advice_and_the_good_ones_load(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = _check(capsys, str(folder))
    assert code == 1
    refused = {one["path"].rsplit("/", 1)[1]: one for one in told["refused"]}
    assert set(refused) == {path.name for path in folder.iterdir()} - set(GOOD)
    assert len(refused) > 100
    for one in told["refused"]:
        assert min(one["line"], one["column"]) >= 1, one
        assert 0 < len(one["reason"]) < _LONGEST_REASON
        assert one["advice"].endswith((".", "?")), one


def test_the_table_for_people_names_every_place_and_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert all(f"{path.name}:" in out for path in folder.iterdir() if path.name not in GOOD)
    assert "  → " in out


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_where_and_why(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, place, words = BROKEN[name]
    broken = tmp_path / "broken.yml"
    broken.write_bytes(_bytes(content))
    base = tmp_path / "base.yml"
    base.write_text(GOOD["00-first.yml"], encoding="utf-8")
    code, told = _check(capsys, str(base), str(broken))
    assert code == 1
    (one,) = told["refused"]
    assert (one["path"], f"{one['line']}:{one['column']}") == (str(broken), place)
    assert words in one["reason"]


def test_what_is_no_file_does_not_stop_the_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    tmp_path.joinpath("gone.yml").symlink_to(tmp_path / "nowhere")
    tmp_path.joinpath("good.yml").write_text(GOOD["zz-last.yml"], encoding="utf-8")
    code, told = _check(capsys, str(tmp_path))
    assert (code, told["loaded"]) == (1, 1)
    reasons = {one["path"].rsplit("/", 1)[1]: one["reason"] for one in told["refused"]}
    assert reasons["pipe.yml"] == "not a regular file"
    assert reasons["gone.yml"].startswith("not readable")


def test_of_two_rules_with_one_id_the_first_that_was_read_is_used_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("b.yml", "a.yml"):
        text = f"title: From {name}\nid: same\n" + GOOD["zz-last.yml"].split("\n", 2)[2]
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    code, told = _check(capsys, str(tmp_path))
    (one,) = told["refused"]
    assert (code, one["path"]) == (1, str(tmp_path / "b.yml"))
    assert f"{tmp_path / 'a.yml'}:1" in one["reason"]
    assert main(["rules", "list", str(tmp_path), "--format", "jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "From a.yml"
