"""Rules → the table: technique × log source, and the stories. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.detect import Rule, routes_of
from hinomi.pipeline.coverage.facts import UNNAMED_TACTIC, Name
from hinomi.pipeline.coverage.sources import OTHER, SOURCES, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hinomi.detect import Loaded
    from hinomi.detect.correlate import Correlation
    from hinomi.pipeline.coverage.facts import Facts, Story

_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)")


@dataclass(frozen=True, slots=True)
class Cell:
    """Rules of one technique at one source. `waiting` read what no format gives today."""

    own: int = 0
    imported: int = 0
    waiting: int = 0

    @property
    def state(self) -> str:
        """The best there is: "own", "imported", "waiting", or "" for nothing."""
        return next((name for name in ("own", "imported", "waiting") if getattr(self, name)), "")


@dataclass(frozen=True, slots=True)
class Technique:
    """One row. `english` and `japanese` are "" for a technique that only others' rules name."""

    id: str
    english: str
    japanese: str
    tactic: str
    cells: Mapping[str, Cell]

    @property
    def state(self) -> str:
        """The best of its cells."""
        states = {cell.state for cell in self.cells.values()}
        return next(name for name in ("own", "imported", "waiting") if name in states)


@dataclass(frozen=True, slots=True)
class Tactic:
    """The techniques at home under one tactic; a technique stands once, under its first."""

    id: str
    english: str
    japanese: str
    techniques: tuple[Technique, ...]


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story and the number of own rules that tell its cases."""

    id: str
    japanese: str
    cases: tuple[str, ...]
    rules: int
    is_watched: bool

    @property
    def is_covered(self) -> bool:
        """Whether anything would tell it."""
        return bool(self.rules) or self.is_watched


@dataclass(frozen=True, slots=True)
class Coverage:
    """`rules` and `imported` count what can fire alone; `attack` is the version of ATT&CK."""

    attack: str
    rules: int
    imported: int
    tactics: tuple[Tactic, ...]
    stories: tuple[StoryRow, ...]


def measure(*, own: Loaded, imported: Loaded | None, facts: Facts) -> Coverage:
    """The table. Rules that only feed a correlation do not count: alone they tell nobody."""
    grid: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    tactics: dict[str, str] = {}
    for loaded, state in ((own, "own"), (imported, "imported")):
        for one in loaded.tellers if loaded else ():
            if loaded is None or one.id in loaded.silent:
                continue
            for technique in _techniques(one):
                tactics.setdefault(technique, _tactic(technique, one, facts))
                for source, kind in _places(one, loaded, state):
                    grid[technique][source][kind] += 1
    return Coverage(
        attack=facts.attack,
        rules=_count(own),
        imported=_count(imported) if imported else 0,
        tactics=tuple(_tactics(grid, tactics, facts)),
        stories=tuple(_story(story, own, facts) for story in facts.stories),
    )


def _count(loaded: Loaded) -> int:
    return sum(one.id not in loaded.silent for one in loaded.tellers)


def _techniques(one: Rule | Correlation) -> Iterator[str]:
    for tag in one.tags:
        if found := _TECHNIQUE.fullmatch(tag.lower()):
            yield found[1].upper()


def _tactic(technique: str, one: Rule | Correlation, facts: Facts) -> str:
    """Where a technique is at home: by our file, else by the first tactic the rule names."""
    if known := facts.techniques.get(technique):
        return known.tactics[0]
    named = (tag.lower().removeprefix("attack.") for tag in one.tags)
    return next((tag for tag in named if tag in facts.tactics), UNNAMED_TACTIC)


def _places(one: Rule | Correlation, loaded: Loaded, state: str) -> set[tuple[str, str]]:
    """The columns of a rule; a correlation stands where the rules stand that feed it."""
    if isinstance(one, Rule):
        kind = state if routes_of(one.logsource) else "waiting"
        return {(source_of(one.logsource), kind)}
    by_id = {teller.id: teller for teller in loaded.tellers}
    parts = (by_id[part.id] for part in one.parts if part.id in by_id)
    return {place for part in parts for place in _places(part, loaded, state)} or {(OTHER, state)}


def _tactics(
    grid: Mapping[str, Mapping[str, Counter[str]]], home: Mapping[str, str], facts: Facts
) -> Iterator[Tactic]:
    names = {**facts.tactics, UNNAMED_TACTIC: Name("Other", "そのほか")}
    for key, name in names.items():
        rows = tuple(
            _row(technique, key, grid[technique], facts)
            for technique in sorted(grid)
            if home[technique] == key
        )
        if rows:
            yield Tactic(key, name.english, name.japanese, rows)


def _row(
    technique: str, tactic: str, by_source: Mapping[str, Counter[str]], facts: Facts
) -> Technique:
    name = facts.techniques.get(technique, Name("", ""))
    cells = {source: Cell(**by_source[source]) for source in SOURCES if source in by_source}
    return Technique(technique, name.english, name.japanese, tactic, cells)


def _story(story: Story, own: Loaded, facts: Facts) -> StoryRow:
    rules = sum(
        one.handling.case in story.cases and one.id not in own.silent for one in own.tellers
    )
    watched = bool(facts.watched & set(story.cases))
    return StoryRow(story.id, story.japanese, story.cases, rules, watched)
