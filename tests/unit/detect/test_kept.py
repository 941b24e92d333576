"""What is kept on disk gives the same rules and the same matches, and never stands in the way."""

from __future__ import annotations

import dataclasses
import os
import pickle
from typing import TYPE_CHECKING

import pytest

from hinomi.detect import Refusal, Rule, RuleSet, Shelf, load_rules, shelf
from hinomi.detect.plan import shape
from tests.unit.detect.bench import make_event, plan_ids, rule_text

if TYPE_CHECKING:
    from pathlib import Path

_EVENT = make_event({"a": "1", "b": "xyz"})


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with two rules, one of them ours with examples."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "one.yml").write_text(rule_text({"s": {"a": 1}, "condition": "s"}))
    two = rule_text({"s": {"b|re": "x[y]z", "a|cidr": "10.0.0.0/8"}, "condition": "not s"})
    handling = "hinomi: {case: c, slots: {user: a}, tests: {hit: [{fields: {a: 1}}], miss: [b]}}\n"
    (folder / "two.yml").write_text(two.replace("0001", "0002") + handling)
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path / "shelf")


def _plain(rule: Rule) -> dict[str, object]:
    return {field.name: getattr(rule, field.name) for field in dataclasses.fields(Rule)}


def test_a_second_start_reads_no_yaml_and_gives_the_same_rules(
    rules: Path, kept: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_rules([rules], shelf=kept)
    monkeypatch.setattr("hinomi.detect.load.parse_documents", None)
    second = load_rules([rules], shelf=kept)
    assert [_plain(rule) for rule in second.rules] == [_plain(rule) for rule in first.rules]
    assert len(second.rules) == 2


def test_a_rule_from_the_shelf_can_be_changed_and_sent_to_another_process(
    rules: Path, kept: Shelf
) -> None:
    load_rules([rules], shelf=kept)
    for rule in load_rules([rules], shelf=kept).rules:
        assert dataclasses.replace(rule, title="other").condition == rule.condition
        assert _plain(pickle.loads(pickle.dumps(rule))) == _plain(rule)


def test_a_changed_a_new_and_a_lost_file_are_seen(rules: Path, kept: Shelf) -> None:
    load_rules([rules], shelf=kept)
    text = (rules / "one.yml").read_text()
    (rules / "one.yml").write_text(text.replace("a: 1", "a: 2"))
    (rules / "two.yml").rename(rules / "three.yml")
    again = load_rules([rules], shelf=kept)
    assert not plan_ids(RuleSet([again.rules[0]]), _EVENT)
    assert [rule.path.rsplit("/", 1)[1] for rule in again.rules] == ["one.yml", "three.yml"]
    (rules / "three.yml").unlink()
    assert len(load_rules([rules], shelf=kept).rules) == 1


def test_a_file_of_the_same_size_and_time_of_content_is_still_seen(
    rules: Path, kept: Shelf
) -> None:
    """`tar` and `cp -p` set the time of content back; the time of the entry gives it away."""
    load_rules([rules], shelf=kept)
    before = (rules / "one.yml").stat()
    text = (rules / "one.yml").read_text()
    (rules / "one.yml").write_text(text.replace("a: 1", "a: 3"))
    os.utime(rules / "one.yml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not plan_ids(RuleSet([load_rules([rules], shelf=kept).rules[0]]), _EVENT)


def test_refusals_filters_and_correlations_are_read_each_time(rules: Path, kept: Shelf) -> None:
    (rules / "bad.yml").write_text("title: x\n")
    for _ in range(2):
        (refused,) = load_rules([rules], shelf=kept).refused
        assert isinstance(refused, Refusal)
        assert refused.line == 1


@pytest.mark.parametrize("harm", [b"", b"x", b"\x00" * 40])
def test_a_broken_shelf_is_made_anew(rules: Path, kept: Shelf, tmp_path: Path, harm: bytes) -> None:
    expected = _matches(rules, kept)
    for path in (tmp_path / "shelf").iterdir():
        path.write_bytes(harm + path.read_bytes()[len(harm) : -1])
    assert _matches(rules, kept) == expected
    assert _matches(rules, kept) == expected


def test_a_shelf_that_cannot_be_written_changes_nothing(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = Shelf(tmp_path / "file" / "shelf")
    assert _matches(rules, nowhere) == _matches(rules, None)


def test_another_version_does_not_read_what_this_one_kept(
    kept: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.put("name", b"body")
    assert kept.get("name") == b"body"
    monkeypatch.setattr(shelf, "version_mark", lambda: "other")
    assert kept.get("name") is None


def test_old_files_are_dropped(
    kept: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_FILES", 8)
    for number in range(30):
        kept.put(str(number), b"")
    assert len(list((tmp_path / "shelf").iterdir())) <= 8
    assert kept.get("29") == b""


def test_a_changed_rule_compiles_only_the_buckets_of_its_own_routes(
    kept: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[list[str]] = []
    real = shape.compile_bucket

    def counting(bounds, event, keys):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        compiled.append([bound.rule.title for bound in bounds])
        return real(bounds, event, keys)

    monkeypatch.setattr(shape, "compile_bucket", counting)
    events = [make_event({"a": "1"}), make_event({"a": "1"}, shape="fortigate")]
    for value in (1, 1, 2):
        for product in ("generic", "fortigate"):
            detection = {"s": {"a": value if product == "generic" else 1}, "condition": "s"}
            text = rule_text(detection, logsource={"product": product})
            name = tmp_path / f"{product}.yml"
            name.write_text(text.replace("Under test", product).replace("0001", product[:4]))
        paths = [tmp_path / "generic.yml", tmp_path / "fortigate.yml"]
        matcher = RuleSet(load_rules(paths).rules, shelf=kept)
        assert sum(len(plan_ids(matcher, event)) for event in events) == (2 if value == 1 else 1)
    assert compiled == [["generic"], ["fortigate"], ["generic"]]


def _matches(rules: Path, kept: Shelf | None) -> list[list[str]]:
    matcher = RuleSet(load_rules([rules], shelf=kept).rules, shelf=kept)
    return [plan_ids(matcher, event) for event in (_EVENT, make_event({"a": "10.1.1.1"}))]
