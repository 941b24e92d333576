"""Every code that a console page could show has its Japanese word."""

from __future__ import annotations

import re
from pathlib import Path

import hinomi.portal.incidents as incidents
from hinomi.core.words import Level
from hinomi.portal.incidents.queries.words import DECISIONS, LEVELS

_WRITTEN = re.compile(
    r'(?:record_decision\([^)]*?kind="|_record\(incident, "|^SILENCED = ")([a-z_]+)"',
    re.DOTALL | re.MULTILINE,
)


def test_every_level_of_a_rule_has_its_word() -> None:
    assert set(LEVELS) == {level.value for level in Level}


def test_every_decision_that_is_recorded_has_its_word() -> None:
    texts = [path.read_text("utf-8") for path in Path(incidents.__file__).parent.rglob("*.py")]
    written = {kind for text in texts for kind in _WRITTEN.findall(text)}
    assert written == set(DECISIONS)
