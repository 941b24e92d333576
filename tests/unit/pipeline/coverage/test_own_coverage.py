"""Our own rules: every story of the scheme has one, and every technique has a name in Japanese."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.detect import load_rules
from hinomi.pipeline.coverage import SOURCES, measure, read_facts
from hinomi.pipeline.report.coverage_page import coverage_page

if TYPE_CHECKING:
    from hinomi.pipeline.coverage.measure import StoryRow

RULES = Path(__file__).resolve().parents[4] / "rules"
FOUND = measure(own=load_rules([RULES]), imported=None, facts=read_facts())


@pytest.mark.parametrize("story", FOUND.stories, ids=lambda story: story.id)
def test_every_story_of_the_scheme_would_be_told(story: StoryRow) -> None:
    assert story.is_covered


def test_every_technique_of_ours_has_a_name_and_a_source_that_is_collected() -> None:
    rows = [row for tactic in FOUND.tactics for row in tactic.techniques]
    assert len(rows) >= 100
    assert [row.id for row in rows if not row.japanese or row.state != "own"] == []
    assert set(read_facts().techniques) == {row.id for row in rows}, "names nobody uses"


def test_every_first_format_has_rules() -> None:
    seen = {name for tactic in FOUND.tactics for row in tactic.techniques for name in row.cells}
    assert seen == set(SOURCES) - {"other"}


def test_the_page_is_whole_and_asks_for_nothing_from_outside() -> None:
    page = coverage_page(FOUND)
    assert page.count("<h2>") == 1 + len(FOUND.tactics)
    assert "http" not in page.replace("https://attack.mitre.org", "").replace(
        'http-equiv="Content-Security-Policy"', ""
    )
