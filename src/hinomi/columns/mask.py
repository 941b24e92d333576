"""Which rows of a row group: a column of yes and no, with the algebra a condition needs."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """`rows` has no nulls: every row is in or out."""

    rows: pa.BooleanArray

    def __and__(self, other: Mask) -> Mask:
        return Mask(pc.and_(self.rows, other.rows))

    def __or__(self, other: Mask) -> Mask:
        return Mask(pc.or_(self.rows, other.rows))

    def __invert__(self) -> Mask:
        return Mask(pc.invert(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def count(self) -> int:
        """How many rows are in."""
        return int(self.rows.true_count)

    @property
    def is_empty(self) -> bool:
        """Whether no row is in."""
        return self.count == 0

    @property
    def is_full(self) -> bool:
        """Whether every row is in."""
        return self.count == len(self.rows)

    def numbers(self) -> list[int]:
        """The rows that are in, counted from 0."""
        found: list[int] = pc.indices_nonzero(self.rows).to_pylist()
        return found


def uniform(answer: bool, *, rows: int) -> Mask:
    """The same answer for every row."""
    return Mask(pa.repeat(pa.scalar(answer), rows))
