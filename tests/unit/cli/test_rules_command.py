"""`hinomi rules`: what a person and a script read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.detect.bench import rule_text

from hinomi.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

_GOOD = (
    "title: Evil\nid: 00000000-0000-4000-8000-000000000001\nlevel: high\n"
    "logsource: {product: generic}\ndetection:\n  s: {a: x}\n  condition: s\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good rule and one bad one."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.yml").write_text(_GOOD)
    bad = _GOOD.replace("a: x", '"a|\\e[31mfoo": x').replace("0001", "0002")
    (tmp_path / "rules" / "bad.yml").write_text(bad)
    return tmp_path / "rules"


def test_check_as_json_keeps_its_contract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", str(folder), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"loaded", "refused", "never", "waiting", "products"}
    assert said["loaded"] == 1
    (refused,) = said["refused"]
    assert (refused["path"], refused["line"], refused["column"]) == (str(folder / "bad.yml"), 6, 7)
    assert "unknown modifier" in refused["reason"]


def test_nothing_from_a_rule_acts_on_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rules", "check", str(folder)])
    assert "\x1b" not in capsys.readouterr().out


def test_check_of_good_rules_exits_0(folder: Path) -> None:
    assert main(["rules", "check", str(folder / "good.yml")]) == 0


def test_a_path_that_is_not_there_exits_2(folder: Path) -> None:
    assert main(["rules", "check", str(folder / "nothing")]) == 2


def test_import_then_list_shows_the_rule(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    assert main(["rules", "import", str(folder), "--data", data]) == 1
    capsys.readouterr()
    assert main(["rules", "list", "--search", "EVIL", "--data", data, "--format", "jsonl"]) == 0
    (row,) = capsys.readouterr().out.splitlines()
    assert json.loads(row)["title"] == "Evil"


def test_test_wants_a_hit_and_a_miss(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test", str(folder / "good.yml")]) == 1
    assert "brings no hit" in capsys.readouterr().out


def test_check_tells_what_never_fires_and_what_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detection = {"s": {"EventID": 1}, "t": {"EventID": 2}, "condition": "s and t"}
    never = rule_text(detection, logsource={"product": "windows"})
    (tmp_path / "never.yml").write_text(never)
    waits = rule_text({"s": {"a|expand": "%admins%"}, "condition": "s"}).replace("0001", "0002")
    (tmp_path / "waits.yml").write_text(waits)
    assert main(["rules", "check", str(tmp_path), "--format", "json", "--cost"]) == 0
    told = json.loads(capsys.readouterr().out)
    (one,) = told["never"]
    assert (one["path"], one["line"]) == (str(tmp_path / "never.yml"), 1)
    assert "EventID must be '1' and also '2'" in one["reason"]
    assert [each["placeholders"] for each in told["waiting"]] == [["admins"]]
    assert len(told["costs"]) == 2
    assert main(["rules", "check", str(tmp_path), "--cost"]) == 0
    shown = capsys.readouterr().out
    assert "1 of them can never fire" in shown
    assert "%admins%" in shown
    assert "µs per event" in shown


def test_the_rules_of_each_product_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.yml").unlink()
    for number, product, asked in ((3, "nobody", "a: x"), (4, "generic", "a|expand: '%mine%'")):
        text = _GOOD.replace("0001", f"000{number}").replace("a: x", asked)
        (folder / f"{number}.yml").write_text(text.replace("generic", product))
    assert main(["rules", "check", str(folder), "--format", "json"]) == 0
    none = {"fire": 0, "no_source": 0, "never": 0, "waiting": 0}
    assert json.loads(capsys.readouterr().out)["products"] == [
        {"product": "generic", "rules": 2} | none | {"fire": 1, "waiting": 1},
        {"product": "nobody", "rules": 1} | none | {"no_source": 1},
    ]
    main(["rules", "check", str(folder)])
    assert "nobody   1" in capsys.readouterr().out
