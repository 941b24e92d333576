"""A lake file row group by row group, each column read only when it is asked for.

What the file's own statistics rule out is never opened. A field is found as rules find it: under
its own spelling, then under one that differs only in case, in its column or in `_rest`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hinomi.columns.batch import record_of
from hinomi.columns.mask import Mask, uniform
from hinomi.columns.values import Values
from hinomi.core.errors import StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from hinomi.columns.batch import Record

_KEYS = "_rest.key_value.key"


@dataclass(frozen=True, slots=True)
class Extent:
    """Which rows may be read at all: companies and event times (`since` in, `until` out)."""

    organisations: frozenset[str]
    since: datetime | None = None
    until: datetime | None = None


class Group:
    """One row group. Raises StoreDamaged from any read when its pages are torn."""

    def __init__(self, file: pq.ParquetFile, *, path: Path, number: int, shape: str) -> None:
        self._file, self._path, self._number = file, path, number
        self.shape = shape
        self.rows = int(file.metadata.row_group(number).num_rows)
        self._columns: dict[str, pa.Array] = {}

    def field(self, names: Sequence[str]) -> Values | None:
        """The field a rule means by these names, best first; None when it cannot be told for all
        rows at once (three spellings of one name), and each record has to be asked itself."""
        found: list[pa.Array] = []
        for name in names:
            spellings = self._spellings.get(name.lower(), ())
            others = [spelling for spelling in spellings if spelling != name]
            if len(others) > 1:
                return None
            found += [self._stored(name)] if name in spellings else []
            found += [self._stored(other) for other in others]
        if not found:
            return Values.of(pa.nulls(self.rows, pa.string()))
        return Values.of(found[0] if len(found) == 1 else pc.coalesce(*map(_plain, found)))

    @property
    def names(self) -> tuple[str, ...]:
        """Every field any row has, as it is spelt; a column counts though it may be empty."""
        return tuple(dict.fromkeys((*self._native, *self._rest_names)))

    def named(self, name: str) -> Values:
        """The field of exactly this spelling."""
        return Values.of(self._stored(name))

    def within(self, extent: Extent) -> Mask:
        """The rows that may be read."""
        organisations = pa.array(sorted(extent.organisations), pa.string())
        owners = Values.of(self._column("_organisation"))
        allowed = pc.is_in(owners.distinct, value_set=organisations)
        mask = Mask(pc.take(allowed, owners.index))
        if extent.since is not None:
            mask &= Mask(pc.greater_equal(self._column("_event_time"), pa.scalar(extent.since)))
        if extent.until is not None:
            mask &= Mask(pc.less(self._column("_event_time"), pa.scalar(extent.until)))
        return mask

    def anywhere(self, holds: Callable[[Values], Mask]) -> Mask:
        """Rows with any native value or the raw record, as text, of which `holds` is true."""
        found = uniform(answer=False, rows=self.rows)
        for name in self._native:
            found |= holds(Values.of(self._column(name)))
        in_rest = holds(Values.of(self._column("_rest").items)).rows
        found |= Mask(pc.is_in(self._row_numbers, value_set=self._rest_rows.filter(in_rest)))
        return found | holds(self._raw)

    @cached_property
    def _raw(self) -> Values:
        """The raw records as rules read them. Bytes that are no UTF-8 are not distinct texts any
        more, but a question to one of them has the same answer for all."""
        texts = [raw.decode("utf-8", "replace") for raw in self._column("_raw").to_pylist()]
        return Values.of(pa.array(texts, pa.string()))

    def records(self, mask: Mask) -> list[Record]:
        """The whole records of these rows, in file order."""
        table = self._read(None).take(pc.indices_nonzero(mask.rows))
        # Most declared fields are empty in most files, and each would cost in every record.
        used = [n for n in table.column_names if n[0] == "_" or table[n].null_count < len(table)]
        return [record_of(row, shape=self.shape) for row in table.select(used).to_pylist()]

    @cached_property
    def _native(self) -> tuple[str, ...]:
        return tuple(n for n in self._file.schema_arrow.names if not n.startswith("_"))

    @cached_property
    def _rest_names(self) -> tuple[str, ...]:
        """The names in `_rest`. Only the keys are read: the values are most of a file."""
        pairs = _whole(self._read([_KEYS])["_rest"]).flatten()
        names: list[str] = pc.unique(pairs.field(0)).to_pylist()
        return tuple(names)

    @cached_property
    def _spellings(self) -> dict[str, tuple[str, ...]]:
        """Lower-cased name → every spelling stored here."""
        found: dict[str, dict[str, None]] = {}
        for name in (*self._native, *self._rest_names):
            found.setdefault(name.lower(), {})[name] = None
        return {low: tuple(spellings) for low, spellings in found.items()}

    def _stored(self, name: str) -> pa.Array:
        """The texts under exactly this name: its column, and what `_rest` holds of it."""
        if name not in self._rest_names:
            return self._column(name)
        if name not in self._native:
            return self._of_rest(name)
        return pc.coalesce(_plain(self._column(name)), self._of_rest(name))

    def _of_rest(self, name: str) -> pa.StringArray:
        rest = self._column("_rest")
        mine = pc.equal(rest.keys, name)
        places = pc.index_in(self._row_numbers, value_set=self._rest_rows.filter(mine))
        return pc.take(rest.items.filter(mine), places)

    @cached_property
    def _rest_rows(self) -> pa.Int32Array:
        """For each pair in `_rest` the row it belongs to."""
        rest = self._column("_rest")
        # Asked of a map, Arrow 26 ends the process; of the same bytes as a list it answers.
        lists = pa.ListArray.from_arrays(rest.offsets, rest.items)
        return pc.cast(pc.list_parent_indices(lists), pa.int32())

    @cached_property
    def _row_numbers(self) -> pa.Int32Array:
        return pa.array(range(self.rows), pa.int32())

    def _column(self, name: str) -> pa.Array:
        if name not in self._columns:
            self._columns[name] = _whole(self._read([name])[name])
        return self._columns[name]

    def _read(self, columns: list[str] | None) -> pa.Table:
        try:
            return self._file.read_row_group(self._number, columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise StoreDamaged(f"{self._path.name} is torn: {error}") from error


def read_groups(path: Path, *, extent: Extent, start: int = 0) -> Iterator[tuple[int, Group]]:
    """(number, row group) from number `start` on, without those that hold nothing of the extent.

    Raises StoreDamaged when the file is torn, FileNotFoundError when it is gone.
    """
    try:
        footer = pq.read_metadata(path)
        schema = footer.schema.to_arrow_schema()
        file = pq.ParquetFile(path, metadata=footer, read_dictionary=_texts(schema))
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise StoreDamaged(f"{path.name} is not a whole Parquet file: {error}") from error
    shape = (schema.metadata or {}).get(b"hinomi.shape", b"").decode()
    for number in range(start, file.num_row_groups):
        if _may_hold(footer.row_group(number), schema, extent):
            yield number, Group(file, path=path, number=number, shape=shape)


def _texts(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_string(field.type)]


def _may_hold(group: pq.RowGroupMetaData, schema: pa.Schema, extent: Extent) -> bool:
    """By the row group's smallest and largest values; a file is sorted by company."""
    owners = group.column(schema.get_field_index("_organisation")).statistics
    if (
        owners is not None
        and owners.has_min_max
        and not any(owners.min <= one <= owners.max for one in extent.organisations)
    ):
        return False
    times = group.column(schema.get_field_index("_event_time")).statistics
    if times is None or not times.has_min_max:
        return True
    return (extent.since is None or times.max >= extent.since) and (
        extent.until is None or times.min < extent.until
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _plain(column: pa.Array) -> pa.StringArray:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
