"""The table of what our rules can see: states, homes, correlations and the scheme's stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.detect import Loaded, load_rules
from hinomi.pipeline.coverage import coverage_object, coverage_rows, measure, read_facts, summary
from hinomi.triage.cases import CASES

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.pipeline.coverage.measure import Coverage, Technique

RULE = """title: {title}
id: {id}
name: {name}
status: experimental
logsource: {{{source}}}
detection:
  selection:
    a: b
  condition: selection
level: high
tags: [{tags}]
"""
CORRELATION = """title: Both
id: 7a3c0f6e-57bb-4c5e-9c6c-0d8a3d9c1a11
correlation:
  type: temporal
  rules: [one]
  group-by: [host]
  timespan: 5m
level: high
tags: [attack.impact, attack.t1486]
"""


def _loaded(folder: Path, *texts: str) -> Loaded:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    loaded = load_rules([folder])
    assert loaded.refused == ()
    return loaded


def _rule(number: int, source: str, tags: str, *, name: str = "x") -> str:
    rule_id = f"00000000-0000-4000-8000-{number:012d}"
    return RULE.format(
        title=f"R{number}", id=rule_id, name=f"{name}{number}", source=source, tags=tags
    )


def _row(found: Coverage, technique: str) -> Technique:
    return next(row for tactic in found.tactics for row in tactic.techniques if row.id == technique)


@pytest.fixture
def found(tmp_path: Path) -> Coverage:
    own = _loaded(
        tmp_path / "own",
        _rule(1, "product: fortigate", "attack.initial-access, attack.t1190"),
        _rule(2, "product: windows, category: process_creation", "attack.t1190"),
    )
    imported = _loaded(
        tmp_path / "imported",
        _rule(3, "product: windows, category: process_creation", "attack.discovery, attack.t1033"),
        _rule(4, "product: macos, category: process_creation", "attack.t1190"),
        _rule(5, "product: macos, category: process_creation", "attack.exfiltration, attack.t9999"),
    )
    return measure(own=own, imported=imported, facts=read_facts())


def test_a_cell_says_the_best_that_stands_in_it(found: Coverage) -> None:
    row = _row(found, "T1190")
    assert {name: cell.state for name, cell in row.cells.items()} == {
        "windows": "own",
        "fortigate": "own",
        "other": "waiting",
    }
    assert row.state == "own"


def test_what_only_others_rules_see_is_told_apart_from_what_nobody_feeds(found: Coverage) -> None:
    assert _row(found, "T1033").state == "imported"
    assert _row(found, "T9999").state == "waiting"


def test_an_unnamed_technique_stands_under_the_tactic_its_rule_names(found: Coverage) -> None:
    assert _row(found, "T9999").tactic == "exfiltration"
    assert _row(found, "T1190").japanese


def test_a_rule_that_only_feeds_a_correlation_does_not_count_alone(tmp_path: Path) -> None:
    feeder = _rule(1, "product: yamaha", "attack.t1110", name="on").replace("on1", "one")
    found = measure(
        own=_loaded(tmp_path / "own", feeder, CORRELATION), imported=None, facts=read_facts()
    )
    ids = {row.id for tactic in found.tactics for row in tactic.techniques}
    assert ids == {"T1486"}
    assert set(_row(found, "T1486").cells) == {"yamaha"}, "it stands where its feeder stands"
    assert found.rules == 1


def test_rows_and_object_say_the_same(found: Coverage) -> None:
    rows = coverage_rows(found)
    tactics = coverage_object(found)["tactics"]
    assert isinstance(tactics, list)
    assert [row["technique"] for row in rows] == [
        technique["id"] for tactic in tactics for technique in tactic["techniques"]
    ]
    assert "2 own and 3 imported rules; 3 techniques, 1 by own rules" in summary(found)


def test_the_stories_of_the_scheme_speak_of_cases_that_exist() -> None:
    facts = read_facts()
    named = {case for story in facts.stories for case in story.cases}
    assert named <= set(CASES)
    assert set(CASES) - named == {"other"}, "each case belongs to a story"
    assert facts.watched <= named
