"""A pack's word about itself is checked before it becomes a folder or a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hinomi.detect.packs import (
    Manifest,
    PackFile,
    PackRefused,
    PackRule,
    changes_between,
    decode,
    encode,
    rules_of,
    section_of,
    version_key,
)

GOOD = Manifest(
    name="town",
    version="1.2",
    made_at=datetime(2026, 11, 21, tzinfo=UTC),
    hinomi="0.1.0",
    changelog="## 1.2\nnew",
    rules=(),
    files=(PackFile("linux/ssh.yml", "00", 2),),
)
RULE = (
    b"title: T\nid: a\nlevel: high\nlogsource: {product: generic}\n"
    b"detection: {s: {f: v}, condition: s}\n"
)


def test_a_manifest_comes_back_as_it_was() -> None:
    assert decode(encode(GOOD), where="x") == GOOD


@pytest.mark.parametrize(
    "path",
    [
        "../evil.yml",
        "/etc/cron.yml",
        "a/../b.yml",
        "a\\b.yml",
        ".hidden.yml",
        "a.sh",
        "",
        "a\n.yml",
    ],
)
def test_a_path_that_could_lead_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(PackRefused, match="no name for a rule file"):
        decode(encode(replace(GOOD, files=(PackFile(path, "00", 2),))), where="x")


@pytest.mark.parametrize("change", [{"name": "../x"}, {"version": "1/2"}, {"version": "latest"}])
def test_a_name_or_version_that_is_no_folder_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(PackRefused):
        decode(encode(replace(GOOD, **change)), where="x")


def test_two_files_that_differ_only_by_case_are_refused() -> None:
    files = (PackFile("a.yml", "00", 2), PackFile("A.yml", "00", 2))
    with pytest.raises(PackRefused, match="same name"):
        decode(encode(replace(GOOD, files=files)), where="x")


def test_a_newer_form_is_not_guessed_at() -> None:
    with pytest.raises(PackRefused, match="newer"):
        decode(encode(replace(GOOD, format=2)), where="x")


def test_versions_are_ordered_as_people_count() -> None:
    assert sorted(["1.10", "1.9", "1", "2026.1"], key=version_key) == ["1", "1.9", "1.10", "2026.1"]
    assert version_key("1.0.0") == version_key("1")


def test_one_refused_rule_refuses_the_pack_with_its_place() -> None:
    with pytest.raises(PackRefused) as caught:
        rules_of({"good.yml": RULE, "bad.yml": RULE.replace(b"{f: v}", b"{f|nonsense: v}")})
    assert str(caught.value).startswith("bad.yml:5:")


def test_two_rules_with_one_id_are_refused() -> None:
    with pytest.raises(PackRefused, match=r"already used by a\.yml"):
        rules_of({"a.yml": RULE, "b.yml": RULE})


def test_what_changed_is_told_by_meaning_and_not_by_file() -> None:
    old = replace(GOOD, rules=(rule("same", "1"), rule("changed", "1"), rule("gone", "1")))
    new = replace(GOOD, rules=(rule("same", "1", "moved.yml"), rule("changed", "2"), rule("new")))
    changes = changes_between(old, new)
    assert [[one.id for one in part] for part in (changes.added, changes.changed)] == [
        ["new"],
        ["changed"],
    ]
    assert [one.id for one in changes.removed] == ["gone"]
    assert len(changes_between(None, new).added) == 3


@pytest.mark.parametrize("heading", ["## 1.2", "## v1.2", "# [1.2] - 2026-11-21", "## 1.2 (today)"])
def test_the_section_of_a_version_ends_at_the_next(heading: str) -> None:
    text = f"# Changelog\n\n{heading}\n\n- one\n### more\n- two\n\n## 1.1\n- old\n"
    assert section_of(text, "1.2") == "- one\n### more\n- two"
    assert section_of(text, "1") == ""


def rule(id_: str, digest: str = "1", path: str = "a.yml") -> PackRule:
    return PackRule(id_, id_, "rule", digest, path)
