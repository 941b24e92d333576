"""Parquet files of one shape, sorted by organisation and time, zstd; written whole or not at all.

A file is visible under its final name only after its bytes and its folder entry are on disk. Which
files count is not decided here but by the manifest (store/pipeline).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from hinomi.columns.batch import record_of
from hinomi.core import crash
from hinomi.core.errors import StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hinomi.core.records import Event, SetAside

_ROWS_PER_GROUP = 10_000  # an organisation's rows are neighbours, so few groups are opened for one
_SORT = [("_organisation", "ascending"), ("_event_time", "ascending"), ("_event_id", "ascending")]


def write_parquet(tables: Sequence[pa.Table], path: Path) -> None:
    """Write tables of one schema as one file: temporary name, fsync, rename, fsync of the folder.

    Raises OSError when the disk is full; then no file of that name exists.
    """
    table = pa.concat_tables(tables).sort_by(_SORT)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            pq.write_table(
                table, file, compression="zstd", row_group_size=_ROWS_PER_GROUP, use_dictionary=True
            )
            file.flush()
            os.fsync(file.fileno())
        crash.point("worker:lake-before-rename")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    crash.point("worker:lake-after-rename")


def read_parquet(path: Path) -> list[Event | SetAside]:
    """Every record of one file in file order. Raises StoreDamaged when the file is torn."""
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise StoreDamaged(f"{path.name} is not a whole Parquet file: {error}") from error
    shape = (table.schema.metadata or {}).get(b"hinomi.shape", b"").decode()
    return [record_of(row, shape=shape) for row in table.to_pylist()]


def read_record_groups(path: Path) -> Iterator[list[Event | SetAside]]:
    """Every record of one file, a row group at a time. Raises StoreDamaged when it is torn."""
    try:
        with pq.ParquetFile(path) as file:
            shape = (file.schema_arrow.metadata or {}).get(b"hinomi.shape", b"").decode()
            for number in range(file.num_row_groups):
                rows = file.read_row_group(number).to_pylist()
                yield [record_of(row, shape=shape) for row in rows]
    except (pa.ArrowException, OSError) as error:
        raise StoreDamaged(f"{path.name} is not a whole Parquet file: {error}") from error


def is_whole(path: Path) -> bool:
    """Whether the footer is there and readable; cheap, reads no pages."""
    try:
        with pq.ParquetFile(path) as file:
            return bool(file.metadata.num_rows >= 0)
    except (pa.ArrowException, OSError):
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
