"""The table of 検知の範囲, ready to show. It is made by `hinomi rules coverage` in its own process:
thousands of imported rules would stay in the web process's memory for a page few people open.

It is made again when a rule file changes, comes or goes.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hinomi.detect import rule_files
from hinomi.pipeline.coverage import SIGNS
from hinomi.pipeline.rules import default_rule_paths
from hinomi.portal.access.time import configuration

if TYPE_CHECKING:
    from pathlib import Path

_LOG = logging.getLogger(__name__)
TIMEOUT_S = 60  # 3,755 rules take 3 s on one core

# Path, size and time of change of every rule file.
Marks = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class CellView:
    """One source of one technique; `sign` and `words` are "" where there is no rule."""

    source: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One technique."""

    id: str
    name: str
    english: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class TacticView:
    """One stage of an attack."""

    id: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StoryView:
    """One of the scheme's stories."""

    name: str
    rules: int
    is_watched: bool
    is_covered: bool


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The page. `signs` are sign and meaning."""

    rules: int
    imported: int
    techniques: int
    attack: str
    notice: str
    sources: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]
    tactics: tuple[TacticView, ...]
    stories: tuple[StoryView, ...]


def coverage() -> CoverageView | None:
    """None when the table could not be made; the reason is in the log."""
    config = configuration()
    marks = tuple(_marks(default_rule_paths(config)))
    try:
        return _made(str(config.data), marks)
    except (OSError, ValueError, subprocess.SubprocessError):
        _LOG.exception("The table of what the rules can see was not made.")
        return None


def _marks(paths: list[Path]) -> Marks:
    stats = ((str(file), file.stat()) for file in rule_files(paths))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


@lru_cache(maxsize=1)
def _made(data: str, marks: Marks) -> CoverageView:
    """`marks` only tell whether the kept table is still the right one."""
    command = [sys.executable, "-m", "hinomi.cli.main", "rules", "coverage", "--format", "json"]
    done = subprocess.run(
        [*command, "--data", data], capture_output=True, check=True, timeout=TIMEOUT_S
    )
    return _view(json.loads(done.stdout))


def _view(table: dict[str, Any]) -> CoverageView:
    sources: dict[str, str] = table["sources"]
    tactics = tuple(
        TacticView(
            one["id"], one["name_ja"], tuple(_row(row, sources) for row in one["techniques"])
        )
        for one in table["tactics"]
    )
    return CoverageView(
        rules=table["rules"],
        imported=table["imported"],
        techniques=sum(len(tactic.rows) for tactic in tactics),
        attack=table["attack"],
        notice=table["notice"],
        sources=tuple(sources.values()),
        signs=tuple(SIGNS.values()),
        tactics=tactics,
        stories=tuple(
            StoryView(story["name_ja"], story["rules"], story["watched"], story["covered"])
            for story in table["stories"]
        ),
    )


def _row(row: dict[str, Any], sources: dict[str, str]) -> Row:
    found: dict[str, dict[str, Any]] = row["sources"]
    cells = (
        CellView(name, *(SIGNS[found[key]["state"]] if key in found else ("", "")))
        for key, name in sources.items()
    )
    return Row(row["id"], row["name_ja"], row["name"], tuple(cells))
