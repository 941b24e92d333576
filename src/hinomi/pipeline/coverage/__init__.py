"""検知の範囲: which techniques and which of the scheme's stories our rules can see, and where.

It reads rules, never events, and says what can be seen, not that nothing else can happen.
"""

from __future__ import annotations

from hinomi.pipeline.coverage.facts import Facts, read_facts
from hinomi.pipeline.coverage.measure import Coverage, measure
from hinomi.pipeline.coverage.sources import SOURCES
from hinomi.pipeline.coverage.tables import SIGNS, coverage_object, coverage_rows, summary

__all__ = [
    "SIGNS",
    "SOURCES",
    "Coverage",
    "Facts",
    "coverage_object",
    "coverage_rows",
    "measure",
    "read_facts",
    "summary",
]
