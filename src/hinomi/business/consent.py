"""What a company agreed to, as the sum of what was signed, added and withdrawn. Pure.

A signed consent replaces all before it; an added one (a tick on a screen, a command) joins it; a
withdrawal takes kinds or purposes away. What no step names was never agreed to. When nothing was
agreed to (`Timeline.gaps`) follows from the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.core.consent_gaps import ConsentGap, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """What holds for one kind, and which step says so."""

    purposes: frozenset[Purpose]
    days: int | None
    number: int


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


@dataclass(frozen=True, slots=True)
class Timeline:
    """What held after each step, with the step's time, oldest first."""

    moments: tuple[tuple[datetime, Standing], ...] = ()

    @property
    def now(self) -> Standing:
        """What holds today."""
        return self.moments[-1][1] if self.moments else NOTHING

    def gaps(
        self, is_agreed: Callable[[Standing], bool], *, waited_from: datetime | None
    ) -> tuple[ConsentGap, ...]:
        """When something was not agreed to. The time before it first was is a gap where the company
        had refused by then, or where a source waited for it (`waited_from`; None: it did not): who
        agrees unasked, and never said no, has nothing against what lies a day back."""
        return merged(
            gap
            for gap, is_refused in self._not_agreed(is_agreed)
            if is_refused or (waited_from is not None and waited_from < gap.end)
        )

    def _not_agreed(
        self, is_agreed: Callable[[Standing], bool]
    ) -> Iterator[tuple[ConsentGap, bool]]:
        """Each such time, and whether the company itself had spoken by its end."""
        since, is_open, is_spoken = None, True, False
        for at, held in self.moments:
            if is_agreed(held) is is_open:
                if is_open:
                    yield ConsentGap(since, at), is_spoken
                is_open, since = not is_open, at
            is_spoken = held.is_spoken
        if is_open:
            yield ConsentGap(since), is_spoken


def timeline(steps: Iterable[Step]) -> Timeline:
    """What held after each step. ValueError for a step that does not say when it was."""
    found, moments = NOTHING, []
    for step in steps:
        if step.at is None:
            raise ValueError("a step without its time says nothing of when it held")
        found = _AFTER[step.act](found, step)
        moments.append((step.at, found))
    return Timeline(tuple(moments))


def standing(steps: Iterable[Step]) -> Standing:
    """The sum of the steps, oldest first."""
    found = NOTHING
    for step in steps:
        found = _AFTER[step.act](found, step)
    return found


def _signed(_: Standing, step: Step) -> Standing:
    covers = {kind: _cover(step, kind) for kind in sorted(step.kinds)}
    return Standing(covers, is_spoken=True)


def _added(before: Standing, step: Step) -> Standing:
    """Joins: purposes that were agreed to for a kind already stay."""
    covers = dict(before.covers)
    for kind in sorted(step.kinds):
        present = covers.get(kind)
        new = _cover(step, kind)
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


def _cover(step: Step, kind: str) -> Cover:
    return Cover(step.purposes | {Purpose.WATCH}, step.days.get(kind), step.number)


_AFTER = {Act.SIGNED: _signed, Act.ADDED: _added, Act.WITHDRAWN: _withdrawn}
