"""rules/README.md tells the truth: its example is a working rule, its lists are the parser's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from hinomi.detect import Rule, handling, load_rules, modifiers, parse_rules
from hinomi.pipeline.rules import run_examples

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_the_example_is_a_rule_that_keeps_its_promises() -> None:
    block = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert block
    (rule,) = parse_rules(block[1].encode(), path="README.md")
    assert isinstance(rule, Rule), rule
    verdicts = list(run_examples([rule], now=NOW))
    assert [verdict.expected for verdict in verdicts] == ["hit", "miss"]
    assert [verdict.fault for verdict in verdicts] == ["", ""]


def test_the_examples_of_a_correlation_and_a_filter_load_beside_our_own_rules(
    tmp_path: Path,
) -> None:
    blocks = re.findall(r"```yaml\n(title: .*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 3
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.yml").write_text(block, encoding="utf-8")
    loaded = load_rules([tmp_path, ROOT / "rules"])
    assert loaded.refused == ()
    assert "Password guessed" in {one.title for one in loaded.correlations}
    assert [rule.filtered_by for rule in loaded.rules if rule.filtered_by] == [
        ("Our backup account",)
    ]


def test_the_example_ends_in_a_text_that_exists() -> None:
    block = re.search(r"\n  case: (\w+)", TEXT)
    assert block
    assert (ROOT / "src" / "hinomi" / "respond" / "texts" / f"{block[1]}.yml").is_file()


def test_every_key_choice_and_modifier_is_named() -> None:
    choices = [each for words in handling._CHOICES.values() for each in words]
    names = [*handling._KEYS, *choices, *modifiers._KNOWN]
    assert not [name for name in names if f"`{name}`" not in TEXT]


def test_what_is_said_to_be_refused_is_refused() -> None:
    head = "title: t\nlogsource: {product: generic}\ndetection:\n  selection: {a: b}\n"
    for condition in ("selection | count() > 5", "2 of selection", "elsewhere"):
        (found,) = parse_rules(f"{head}  condition: {condition}\n".encode(), path="x")
        assert not isinstance(found, Rule), condition
    for selection in ("a|re: (a+)+b", "a|nothing: b"):
        text = head.replace("a: b", selection) + "  condition: selection\n"
        (found,) = parse_rules(text.encode(), path="x")
        assert not isinstance(found, Rule), selection
