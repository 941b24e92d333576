"""Files and documents: what is read, what is refused, and that one fault never hides the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import UsageError
from hinomi.core.words import Level
from hinomi.detect import Refusal, Rule, RuleSet, load_rules
from tests.unit.detect.bench import (
    make_event,
    parse_all,
    parse_one,
    plan_ids,
    refusal_of,
    rule_text,
)

if TYPE_CHECKING:
    from pathlib import Path

_GOOD = rule_text({"s": {"a": 1}, "condition": "s"})


def _with_id(number: int, text: str = _GOOD) -> str:
    return text.replace("000000000001", f"{number:012}")


def test_rules_of_a_folder_come_in_a_stable_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name, number in (("b.yml", 2), ("a.yml", 1), ("sub/c.yaml", 3), ("note.txt", 4)):
        (tmp_path / name).write_text(_with_id(number))
    loaded = load_rules([tmp_path])
    assert [rule.id[-1] for rule in loaded.rules] == ["1", "2", "3"]


def test_a_bad_rule_does_not_hide_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("title: [")
    (tmp_path / "b.yml").write_text(_GOOD)
    loaded = load_rules([tmp_path])
    assert (len(loaded.rules), len(loaded.refused)) == (1, 1)


def test_a_doubled_id_is_refused_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(_GOOD)
    (tmp_path / "b.yml").write_text(_GOOD)
    (refusal,) = load_rules([tmp_path]).refused
    assert refusal.path.endswith("b.yml")
    assert f"{tmp_path}/a.yml:1" in refusal.reason


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_rules([tmp_path / "nothing"])


def test_several_documents_in_one_file_are_several_rules() -> None:
    found = parse_all(f"{_GOOD}---\n{_with_id(2)}---\ntitle: [")
    assert [type(one) for one in found] == [Rule, Rule, Refusal]
    assert [one.line for one in found] == [1, 11, 22]


def test_a_global_document_is_shared_by_the_ones_after_it() -> None:
    shared = "action: global\ntitle: Shared\nlogsource: {product: generic}\nlevel: high\n"
    one = "id: a\ndetection: {s: {a: 1}, condition: s}\n"
    two = "id: b\nlogsource: {service: x}\ndetection: {s: {a: 2}, condition: s}\n"
    first, second = parse_all(f"{shared}---\n{one}---\n{two}")
    assert isinstance(first, Rule)
    assert isinstance(second, Rule)
    assert (first.title, first.level, first.logsource.product) == ("Shared", Level.HIGH, "generic")
    assert (second.logsource.product, second.logsource.service) == ("generic", "x")


def test_a_rule_without_an_id_gets_a_stable_one() -> None:
    text = "\n".join(line for line in _GOOD.splitlines() if not line.startswith("id:"))
    assert parse_one(text).id == parse_one(text).id
    assert parse_one(text).id.startswith("derived-")


def test_everything_a_person_reads_is_kept() -> None:
    rule = parse_one(
        _GOOD
        + "description: d\nauthor: aoi\ndate: 2026-11-21\nmodified: 2026/11/22\nstatus: test\n"
        + "tags: [attack.t1059]\nreferences: [one]\nfalsepositives: Backups\n"
    )
    assert (rule.description, rule.author, rule.date, rule.modified) == (
        "d", "aoi", "2026-11-21", "2026/11/22",
    )  # fmt: skip
    assert (rule.status, rule.tags, rule.falsepositives) == (
        "test",
        ("attack.t1059",),
        ("Backups",),
    )


def test_a_rule_without_a_level_counts_as_medium() -> None:
    assert parse_one(_GOOD.replace("level: low\n", "")).level is Level.MEDIUM


def test_the_digest_changes_with_the_rule_and_not_with_its_place() -> None:
    assert parse_one(_GOOD).digest == parse_one(f"# note\n{_GOOD}").digest
    assert parse_one(_GOOD).digest != parse_one(_GOOD.replace("a: 1", "a: 2")).digest


def test_our_own_key_is_read() -> None:
    rule = parse_one(
        _GOOD
        + "hinomi:\n  case: malware\n  group_by: device\n  action: now\n  certainty: strong\n"
        + "  slots: {name: virus}\n  tests:\n    hit: [{shape: generic, fields: {a: 1}}]\n"
        + "    miss: ['a line']\n"
    )
    handling = rule.handling
    assert (handling.case, handling.group_by, handling.action) == ("malware", "device", "now")
    assert (dict(handling.slots), handling.misses) == ({"name": "virus"}, ("a line",))


def test_an_alias_bomb_is_refused_in_moments() -> None:
    """Nine levels of nine would unfold to a billion nodes."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    assert "unfolds to more" in refusal_of(_GOOD + "\n".join(lines)).reason


def test_an_alias_that_holds_itself_is_refused() -> None:
    assert isinstance(parse_all(_GOOD + "loop: &l [*l]\n")[0], Refusal)


def test_a_huge_file_is_refused() -> None:
    assert "larger than" in refusal_of(_GOOD + "#" * (5 << 20)).reason


def test_bytes_that_are_no_utf_8_are_refused_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("title: x\nauthor: 葵\n".encode("cp932"))
    (refusal,) = load_rules([tmp_path]).refused
    assert (refusal.line, refusal.column) == (2, 9)


def test_a_merge_key_is_followed() -> None:
    text = _GOOD.replace("    a: 1", "    <<: {b: 2}\n    a: 1")
    rule = parse_one(text)
    assert plan_ids(RuleSet([rule]), make_event({"a": "1", "b": "2"}))
    assert not plan_ids(RuleSet([rule]), make_event({"a": "1"}))


def test_a_hexadecimal_number_meets_both_spellings() -> None:
    """YAML reads 0x10 as 16; the log may hold either."""
    rules = RuleSet([parse_one(_GOOD.replace("a: 1", "a: 0x10"))])
    hits = [bool(plan_ids(rules, make_event({"a": text}))) for text in ("0x10", "16", "10")]
    assert hits == [True, True, False]


def test_placeholders_are_filled_from_lists() -> None:
    text = rule_text({"s": {"u|expand": "%domain%\\%admins%"}, "condition": "s"})
    lists = {"domain": ["AOBA"], "admins": ["aoi", "yu*"]}
    rules = RuleSet([parse_one(text, placeholders=lists)])
    names = ("aoba\\aoi", "AOBA\\yuta", "AOBA\\fumi")
    assert [bool(plan_ids(rules, make_event({"u": name}))) for name in names] == [True, True, False]
