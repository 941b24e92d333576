"""What is fuzzed together: one shape of parsing with its samples, its damages and its reader."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.fuzz.damage import TEXT, damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.fuzz.damage import Damage

LIMIT_S = 0.05
SECONDS_PER_BYTE = 2e-6  # more, for what is blown up


class Sample(NamedTuple):
    """A whole record or body. `form` is the format or part that its reader tries it as."""

    form: str
    raw: bytes


class Case(NamedTuple):
    """One damaged sample."""

    number: int
    form: str
    raw: bytes


@dataclass(frozen=True)
class Family:
    """`samples` are read once; `read` raises for what must not be. `outside` is for a reader that
    the product starts as a process of its own, and reads a case so: what kills the reader may not
    harm who asked."""

    name: str
    says: str
    samples: Callable[[], Sequence[Sample]]
    read: Callable[[Case], None]
    damages: Sequence[Damage] = TEXT
    limit_s: float = LIMIT_S
    line_s: float = 0.0  # more for each line of a file
    held: Callable[[bytes], bytes] | None = None  # what a case holds, where that is not itself
    outside: Callable[[Case], None] | None = None


class Maker:
    """Makes the cases of a family; the same number always makes the same case."""

    def __init__(self, family: Family) -> None:
        self.samples = family.samples()
        self._family = family
        self._dice = random.Random()  # not a secret

    def case(self, number: int) -> Case:
        """Seeded by name and number alone, so that any case can be made again by itself."""
        dice = self._dice
        dice.seed(f"{self._family.name} {number}")
        sample, other = dice.choice(self.samples), dice.choice(self.samples)
        raw = damaged(sample.raw, dice, damages=self._family.damages, other=other.raw)
        return Case(number, sample.form, raw)


def allowed_s(family: Family, case: Case) -> float:
    """Of the processor's time."""
    held = family.held(case.raw) if family.held else case.raw
    return family.limit_s + SECONDS_PER_BYTE * len(held) + family.line_s * held.count(b"\n")
