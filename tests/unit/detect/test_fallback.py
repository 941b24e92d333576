"""A bad edit takes nothing away; what is removed on purpose goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.detect import RuleSet, load_rules
from hinomi.detect.fallback import with_fallback
from tests.unit.detect.bench import make_event, plan_ids

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.detect import Loaded

_RULE = "title: {0}\nid: {0}\nname: {0}\nlogsource: {{product: generic}}\n"
_FILES = {
    "one.yml": _RULE.format("one") + "detection: {s: {a: 1}, condition: s}\n",
    "two.yml": _RULE.format("two") + "detection: {s: {a: 1}, condition: s}\n",
    "filter.yml": (
        "title: F\nlogsource: {product: generic}\n"
        "filter: {rules: [one], s: {b: 1}, condition: not s}\n"
    ),
    "both.yml": (
        "title: both\nid: both\ncorrelation: {type: temporal, rules: [two], timespan: 1m}\n"
    ),
}


@pytest.fixture
def before(tmp_path: Path) -> Loaded:
    """Four good files."""
    for name, text in _FILES.items():
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    return load_rules([tmp_path])


@pytest.mark.parametrize("name", _FILES)
def test_a_file_that_an_edit_broke_is_used_as_it_was(
    name: str, before: Loaded, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(path.read_text(encoding="utf-8") + "oops: [\n", encoding="utf-8")
    after = with_fallback(load_rules([tmp_path]), before)
    assert str(path) in {refusal.path for refusal in after.refused}
    assert {one.id for one in after.tellers} == {one.id for one in before.tellers}
    assert after.silent == before.silent == {"two"}
    rules = RuleSet(after.rules)
    assert sorted(plan_ids(rules, make_event({"a": "1"}))) == ["one", "two"]
    assert plan_ids(rules, make_event({"a": "1", "b": "1"})) == ["two"]


def test_what_was_edited_well_beside_it_is_used_as_it_is_now(
    before: Loaded, tmp_path: Path
) -> None:
    tmp_path.joinpath("one.yml").write_text("oops", encoding="utf-8")
    changed = _FILES["two.yml"].replace("a: 1", "a: 2")
    tmp_path.joinpath("two.yml").write_text(changed, encoding="utf-8")
    after = with_fallback(load_rules([tmp_path]), before)
    assert plan_ids(RuleSet(after.rules), make_event({"a": "2"})) == ["two"]
    again = with_fallback(load_rules([tmp_path]), after)
    assert {one.id for one in again.tellers} == {"one", "two", "both"}


def test_a_file_that_is_gone_is_gone(before: Loaded, tmp_path: Path) -> None:
    tmp_path.joinpath("one.yml").unlink()
    tmp_path.joinpath("filter.yml").write_text("oops", encoding="utf-8")
    after = with_fallback(load_rules([tmp_path]), before)
    assert "one" not in {one.id for one in after.tellers}
