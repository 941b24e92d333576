"""The table for others: one object for programs, and rows with the signs a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.coverage.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.pipeline.coverage.measure import Cell, Coverage, StoryRow, Technique

# State → sign and what it says.
SIGNS: Mapping[str, tuple[str, str]] = {
    "own": ("●", "hinomiのルールで見える"),
    "imported": ("○", "取り込んだルールだけで見える"),
    "waiting": ("…", "記録がまだ集まらない"),
}
NOTICE = (
    "MITRE ATT&CK® is a registered trademark of The MITRE Corporation; its numbers and names are"
    " used with permission. https://attack.mitre.org"
)


def coverage_object(found: Coverage) -> dict[str, object]:
    """All of it; `state` is own, imported or waiting."""
    return {
        "attack": found.attack,
        "notice": NOTICE,
        "rules": found.rules,
        "imported": found.imported,
        "sources": {name: SOURCES[name] for name in used_sources(found)},
        "tactics": [
            {
                "id": tactic.id,
                "name": tactic.english,
                "name_ja": tactic.japanese,
                "techniques": [_technique(row) for row in tactic.techniques],
            }
            for tactic in found.tactics
        ],
        "stories": [_story(story) for story in found.stories],
    }


def coverage_rows(found: Coverage) -> list[Mapping[str, object]]:
    """One row a technique, for a terminal."""
    columns = used_sources(found)
    return [
        {
            "tactic": tactic.english,
            "technique": row.id,
            "name": row.english,
            "名前": row.japanese,
            **{name: _sign(row.cells.get(name)) for name in columns},
        }
        for tactic in found.tactics
        for row in tactic.techniques
    ]


def used_sources(found: Coverage) -> list[str]:
    """Columns with a rule, in the table's order; the others would only make it wider."""
    used = {name for tactic in found.tactics for row in tactic.techniques for name in row.cells}
    return [name for name in SOURCES if name in used]


def summary(found: Coverage) -> str:
    """The figures in one line."""
    rows = [row for tactic in found.tactics for row in tactic.techniques]
    own = sum(row.state == "own" for row in rows)
    told = sum(story.is_covered for story in found.stories)
    return (
        f"{found.rules:,} own and {found.imported:,} imported rules; {len(rows):,} techniques,"
        f" {own:,} by own rules; {told} of {len(found.stories)} stories of the scheme."
    )


def _sign(cell: Cell | None) -> str:
    return SIGNS[cell.state][0] if cell else ""


def _technique(row: Technique) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.english,
        "name_ja": row.japanese,
        "state": row.state,
        "sources": {
            name: {
                "state": cell.state,
                "own": cell.own,
                "imported": cell.imported,
                "waiting": cell.waiting,
            }
            for name, cell in row.cells.items()
        },
    }


def _story(story: StoryRow) -> dict[str, object]:
    return {
        "id": story.id,
        "name_ja": story.japanese,
        "cases": list(story.cases),
        "rules": story.rules,
        "watched": story.is_watched,
        "covered": story.is_covered,
    }
