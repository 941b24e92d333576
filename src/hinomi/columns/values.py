"""One field of a row group as its distinct values: a question is put to each value once, not row.

Arrow's own text search is used where it means exactly what the rules mean, which is: on values of
plain ASCII that are no lists. Lowering other letters differs between libraries and a list means its
elements too, so those values are asked in Python.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from hinomi.columns.mask import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["exact", "prefix", "suffix", "contains"]
_SEARCH: dict[Kind, Callable[[pa.StringArray, str], pa.BooleanArray]] = {
    "exact": lambda values, literal: pc.equal(values, literal),
    "prefix": lambda values, literal: pc.starts_with(values, literal),
    "suffix": lambda values, literal: pc.ends_with(values, literal),
    "contains": lambda values, literal: pc.match_substring(values, literal),
}


class Values:
    """`distinct` are the values, `index` says for each row which one; null where it has none."""

    def __init__(self, distinct: pa.StringArray, index: pa.Int32Array) -> None:
        self.distinct, self.index = distinct, index

    @classmethod
    def of(cls, column: pa.Array) -> Values:
        """Of a column of texts, dictionary-encoded or not."""
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices)

    def missing(self) -> Mask:
        """Rows without the field."""
        return Mask(pc.is_null(self.index))

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """Rows whose value meets a question."""
        return self._rows(pa.array(map(holds, self.distinct.to_pylist()), pa.bool_()))

    def fitting(self, kind: Kind, literal: str, holds: Callable[[str], bool]) -> Mask:
        """Rows whose value is, begins with … the literal, ignoring case. `holds` says the same
        of one value; it is asked of those that are not plain ASCII or may be lists."""
        answers = _SEARCH[kind](self._lowered, literal.lower())
        if self._odd:
            given = answers.to_pylist()
            for place in self._odd:
                given[place] = holds(self.distinct[place].as_py())
            answers = pa.array(given, pa.bool_())
        return self._rows(answers)

    @cached_property
    def _lowered(self) -> pa.StringArray:
        return pc.ascii_lower(self.distinct)

    @cached_property
    def _odd(self) -> list[int]:
        beyond_ascii = pc.invert(pc.string_is_ascii(self.distinct))
        may_be_list = pc.starts_with(self.distinct, "[")
        places: list[int] = pc.indices_nonzero(pc.or_(beyond_ascii, may_be_list)).to_pylist()
        return places

    def _rows(self, answers: pa.BooleanArray) -> Mask:
        return Mask(pc.fill_null(pc.take(answers, self.index), False))
