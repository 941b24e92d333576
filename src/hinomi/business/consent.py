"""What a company agreed to, as the sum of what was signed, added and withdrawn. Pure.

A signed consent replaces all before it; an added one (a tick on a screen, a command) joins it; a
withdrawal takes kinds or purposes away. What no step names was never agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Purpose(StrEnum):
    """What records may be used for; each is ticked apart."""

    WATCH = "watch"
    STATISTICS = "statistics"
    WARNING = "warning"

    @property
    def ja(self) -> str:
        """The word on screens and papers."""
        return _PURPOSES[self]


_PURPOSES = {
    Purpose.WATCH: "見守り",
    Purpose.STATISTICS: "統計",
    Purpose.WARNING: "他社への注意喚起",
}


class Act(StrEnum):
    """How a step changes what holds."""

    SIGNED = "signed"
    ADDED = "added"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history. A withdrawal without kinds is of all kinds; one that names purposes
    other than watching leaves the watch as it is. `days` says how long records of a kind are kept
    (by kind; not said: as long as the plan has it), `at` when the step was recorded."""

    act: Act
    kinds: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.WATCH})
    days: Mapping[str, int] = field(default_factory=dict)
    number: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """What holds for one kind, and which step says so. `since`: from when on without a break, where
    the company had said otherwise before; None for one that never said no."""

    purposes: frozenset[Purpose]
    days: int | None
    number: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now. `is_spoken`: the company itself signed or withdrew something, so that nobody
    may add to it in its name."""

    covers: Mapping[str, Cover] = field(default_factory=dict)
    is_spoken: bool = False

    def allows(self, kind: str, purpose: Purpose = Purpose.WATCH) -> bool:
        """Whether records of this kind may be used so. No use is allowed without the watch."""
        cover = self.covers.get(kind)
        return cover is not None and {purpose, Purpose.WATCH} <= cover.purposes

    @property
    def is_of_any(self) -> bool:
        """Whether any kind at all may be watched."""
        return any(map(self.allows, self.covers))

    def days(self, kind: str, *, plan_days: int) -> int:
        """How long records of the kind are kept: what was agreed, never longer than the plan."""
        cover = self.covers.get(kind)
        said = cover.days if cover else None
        return plan_days if said is None else min(said, plan_days)


NOTHING = Standing()


def standing(steps: Iterable[Step]) -> Standing:
    """The sum of the steps, oldest first."""
    found = NOTHING
    for step in steps:
        found = _AFTER[step.act](found, step)
    return found


def _signed(before: Standing, step: Step) -> Standing:
    covers = {kind: _cover(step, kind, before) for kind in sorted(step.kinds)}
    return Standing(covers, is_spoken=True)


def _added(before: Standing, step: Step) -> Standing:
    """Joins: purposes that were agreed to for a kind already stay."""
    covers = dict(before.covers)
    for kind in sorted(step.kinds):
        present = covers.get(kind)
        new = _cover(step, kind, before)
        covers[kind] = (
            replace(present, purposes=present.purposes | new.purposes) if present else new
        )
    return replace(before, covers=covers)


def _withdrawn(before: Standing, step: Step) -> Standing:
    gone = step.kinds or frozenset(before.covers)
    covers = {}
    for kind, cover in before.covers.items():
        left = cover.purposes - step.purposes if kind in gone else cover.purposes
        if Purpose.WATCH in left:
            covers[kind] = replace(cover, purposes=left)
    return Standing(covers, is_spoken=True)


def _cover(step: Step, kind: str, before: Standing) -> Cover:
    present = before.covers.get(kind)
    newly = step.at if before.is_spoken else None
    since = present.since if present else newly
    return Cover(step.purposes | {Purpose.WATCH}, step.days.get(kind), step.number, since)


_AFTER = {Act.SIGNED: _signed, Act.ADDED: _added, Act.WITHDRAWN: _withdrawn}
