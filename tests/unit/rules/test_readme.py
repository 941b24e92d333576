"""rules/README.md counts our rules as they are. `HINOMI_GOLDENS=write` writes the table anew."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path

from hinomi.core.words import Level
from hinomi.detect import load_rules
from hinomi.pipeline.coverage import SOURCES
from hinomi.pipeline.coverage.sources import source_of

RULES = Path(__file__).resolve().parents[3] / "rules"
README = RULES / "README.md"
LEVELS = tuple(sorted(Level, key=lambda level: -level.rank))
_TABLE = re.compile(r"(<!-- rules by source -->\n).*?(<!-- end -->)", re.DOTALL)


def _table() -> str:
    loaded = load_rules([RULES])
    counts: dict[str, Counter[Level]] = defaultdict(Counter)
    for rule in loaded.rules:
        if rule.id not in loaded.silent:
            counts[SOURCES[source_of(rule.logsource)]][rule.level] += 1
    for correlation in loaded.correlations:
        counts["correlations"][correlation.level] += 1
    rows = [
        ("source", "rules", *(level.value for level in LEVELS)),
        ("---", *["---:"] * (len(LEVELS) + 1)),
        *(_row(name, counts[name]) for name in (*SOURCES.values(), "correlations") if counts[name]),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str, counts: Counter[Level]) -> tuple[str, ...]:
    levels = (str(counts[level] or "") for level in LEVELS)
    return (name, str(counts.total()), *levels)


def test_the_table_of_the_readme_counts_what_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    wanted = _TABLE.sub(lambda found: f"{found[1]}{_table()}{found[2]}", text)
    if os.environ.get("HINOMI_GOLDENS") == "write":
        README.write_text(wanted, encoding="utf-8")
    assert _TABLE.search(text), "the marks around the table are gone"
    assert README.read_text(encoding="utf-8") == wanted


def test_there_are_enough_of_our_own_and_each_says_what_an_analyst_and_a_customer_need() -> None:
    loaded = load_rules([RULES])
    own = [rule for rule in loaded.rules if rule.id not in loaded.silent]
    assert len(own) >= 150
    faults = [
        Path(rule.path).name
        for rule in own
        if not (
            rule.handling.hits
            and rule.handling.misses
            and rule.handling.title_ja
            and rule.handling.case
            and rule.falsepositives
            and rule.tags
        )
    ]
    assert faults == []
