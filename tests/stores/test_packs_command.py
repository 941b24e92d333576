"""`hinomi rules pack` and `held`: the walk of a pack from a folder to a trial, as typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.packs.making import folder_of, rule_text

from hinomi.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


class Desk:
    """A folder in which commands are typed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.data, self._capsys = folder, folder / "data", capsys

    def pack(self, *words: str) -> int:
        return main(["rules", "pack", *words, "--data", str(self.data)])

    def said(self) -> str:
        both = self._capsys.readouterr()
        return both.out + both.err

    def listed(self) -> list[dict[str, object]]:
        self.said()
        assert self.pack("list", "--format", "json") == 0
        rows: list[dict[str, object]] = json.loads(self._capsys.readouterr().out)
        return rows

    def build(self, version: str, rules: dict[int, str], *words: str) -> str:
        """The path of a new pack, signed unless told otherwise."""
        folder = folder_of(self.folder / f"town-{version}", rules, version=version)
        output = str(self.folder / f"{version}.pack")
        sign = words or ("--key", str(self.folder / "maker"))
        told = ("--version", version, "--name", "town", "--output", output)
        assert self.pack("build", str(folder), *told, *sign) == 0
        return output

    def trust(self) -> None:
        assert self.pack("key", str(self.folder / "maker")) == 0
        (self.data / "keys" / "packs").mkdir(parents=True)
        public = (self.folder / "maker.pub").read_bytes()
        (self.data / "keys" / "packs" / "火の見.pub").write_bytes(public)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    made.trust()
    return made


def test_a_pack_goes_from_a_folder_into_use_and_back(desk: Desk) -> None:
    one = desk.build("1.0", {1: "fire"})
    assert desk.pack("verify", one) == 0
    assert "town 1.0: 1 rules, signed by 火の見" in desk.said()
    assert desk.pack("install", one) == 0
    assert [row["state"] for row in desk.listed()] == ["installed"]
    assert desk.pack("activate", "1.0") == 0
    assert desk.pack("install", desk.build("1.1", {1: "fire", 2: "smoke"})) == 0
    assert desk.pack("activate", "1.1") == 0
    rows = {row["version"]: (row["state"], row["signed"]) for row in desk.listed()}
    assert rows == {"1.1": ("in use", "火の見"), "1.0": ("before", "火の見")}
    assert desk.pack("rollback") == 0
    assert "1.0 is in use" in desk.said()


def test_rules_of_the_pack_in_use_are_listed_and_those_of_others_are_not(desk: Desk) -> None:
    desk.pack("install", desk.build("1.0", {1: "fire"}))
    desk.said()
    search = ["rules", "list", "--search", "Says fire", "--data", str(desk.data)]
    assert main(search) == 0
    assert "0 of" in desk.said()
    desk.pack("activate", "1.0")
    desk.said()
    assert main(search) == 0
    assert "1 of" in desk.said()


def test_an_unsigned_pack_comes_in_only_when_said_and_is_shown_as_such(desk: Desk) -> None:
    path = desk.build("1.0", {1: "fire"}, "--unsigned")
    assert desk.pack("verify", path) == 1
    assert desk.pack("install", path) == 1
    assert "nobody signed this pack" in desk.said()
    assert desk.listed() == []
    assert desk.pack("install", path, "--allow-unsigned") == 0
    assert "that is recorded" in desk.said()
    assert [row["signed"] for row in desk.listed()] == ["no (command)"]
    desk.said()
    assert desk.pack("history", "--format", "jsonl") == 0
    (act,) = map(json.loads, desk.said().splitlines())
    assert (act["who"], act["what"], act["version"]) == ("command", "install", "1.0")
    assert act["detail"] == "let in without a trusted signature"


def test_an_altered_pack_is_refused_whatever_is_said(desk: Desk) -> None:
    path = desk.build("1.0", {1: "fire"})
    content = bytearray((desk.folder / "1.0.pack").read_bytes())
    content[-30] ^= 1
    (desk.folder / "1.0.pack").write_bytes(bytes(content))
    assert desk.pack("install", path, "--allow-unsigned") == 1
    assert "altered" in desk.said()
    assert desk.listed() == []


def test_a_pack_is_built_only_with_a_word_on_who_signs(desk: Desk) -> None:
    folder = folder_of(desk.folder / "rules", {1: "fire"})
    assert desk.pack("build", str(folder), "--version", "1.0") == 2


def test_the_difference_and_the_changelog_say_what_is_new(desk: Desk) -> None:
    desk.pack("install", desk.build("1.0", {1: "fire", 2: "smoke"}))
    desk.pack("activate", "1.0")
    folder = folder_of(desk.folder / "next", {1: "flame", 3: "flood"}, version="1.1")
    (folder / "CHANGELOG.md").write_text("## 1.1\n\n- flames \x1b[31m\n")
    output = str(desk.folder / "next.pack")
    key = str(desk.folder / "maker")
    words = ("--version", "1.1", "--name", "town", "--output", output, "--key", key)
    assert desk.pack("build", str(folder), *words) == 0
    desk.pack("install", output)
    desk.said()
    assert desk.pack("diff", "--format", "jsonl") == 0
    said = desk.said()
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [(row["change"], row["title"]) for row in rows] == [
        ("added", "Says flood"),
        ("changed", "Says flame"),
        ("removed", "Says smoke"),
    ]
    assert desk.pack("changelog") == 0
    shown = desk.said()
    assert shown.startswith("- flames")
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("activate", "9.9"), 2, "installed are: 1.0"),
        (("activate", "1.0", "--canary", "org_nobody"), 2, "No such company: org_nobody"),
        (("activate", "1.0", "--canary", "o", "--for", "soon"), 2, "no span of time"),
        (("promote",), 2, "No version is on trial"),
        (("rollback", "--pack", "other"), 2, "--pack town"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_could(
    desk: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    desk.pack("install", desk.build("1.0", {1: "fire"}))
    desk.said()
    assert desk.pack(*words) == code
    assert said in desk.said()


def test_a_pack_with_a_broken_rule_is_not_built_and_the_place_is_named(desk: Desk) -> None:
    folder = folder_of(desk.folder / "rules", {1: "fire"})
    (folder / "broken.yml").write_text(rule_text(2, "x").replace("words: ['x']", "f|nope: x"))
    words = ("--version", "1.0", "--unsigned")
    assert desk.pack("build", str(folder), *words) == 1
    assert "broken.yml:7:" in desk.said()


def test_without_a_trial_nothing_is_held(desk: Desk) -> None:
    held = ["rules", "held", "--data", str(desk.data)]
    assert main(held) == 0
    assert main([*held, "some-rule", "--resume", "--reason", "calm"]) == 2
    assert main([*held, "some-rule", "--resume"]) == 2
    assert main([*held, "some-rule"]) == 2
