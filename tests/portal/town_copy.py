"""Builds the town once in a while and lays copies of it: building is half of a screen's test.

A copy is the rows that building added, the files of the data folder (with its keys, by which rows
are sealed) and the objects as the fixture returns them. It is laid in the test's own transaction,
so a test may change what it likes. A copy is used for `FRESH_S` only: tests that look at "just now"
must see what they would see of a new one. Other engines than SQLite number rows by sequences that
a copied row does not move: there the town is built each time.
"""

from __future__ import annotations

import pickle
import shutil
import time
from dataclasses import dataclass
from datetime import time as clock_time
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRESH_S = 20.0
_Town = TypeVar("_Town")
Rows = dict[str, set[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Copy:
    """One built town. `rows` by table; `files` is a folder outside of any test's."""

    built_at: float
    rows: Rows
    files: Path
    pickled: bytes


class Copier:
    """One per test process."""

    def __init__(self, folder: Path) -> None:
        """`folder` keeps the files of the newest copy."""
        self._folder = folder
        self._copy: Copy | None = None

    def town(self, build: Callable[[], _Town], *, data: Path) -> _Town:
        """What `build` returns, built or copied."""
        if connection.vendor != "sqlite":
            return build()
        if self._copy is None or time.monotonic() - self._copy.built_at > FRESH_S:
            return self._built(build, data)
        return self._laid(self._copy, data)

    def _built(self, build: Callable[[], Any], data: Path) -> Any:
        laid = {path.name for path in data.iterdir()} - {"keys"}
        assert not laid, f"ask for the town first: {laid} would lie in the folder of other tests"
        before = _rows()
        town = build()
        after = _rows()
        changed = {table for table, rows in before.items() if rows - after.get(table, set())}
        assert not changed, f"building the town changed rows that were there: {changed}"
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(data, self._folder)
        added = {table: rows - before.get(table, set()) for table, rows in after.items()}
        self._copy = Copy(time.monotonic(), added, self._folder, pickle.dumps(town))
        return town

    def _laid(self, copy: Copy, data: Path) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in copy.rows.items():
                for row in rows:
                    marks = ", ".join(["%s"] * len(row))
                    written = [_written(value) for value in row]
                    cursor.execute(f'INSERT INTO "{table}" VALUES ({marks})', written)
        shutil.copytree(copy.files, data, dirs_exist_ok=True)
        return pickle.loads(copy.pickled)


def _written(value: Any) -> Any:
    """SQLite's driver reads a time of day but does not write one."""
    return str(value) if isinstance(value, clock_time) else value


def _rows() -> Rows:
    """Every row of every table; only sets that hold something."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {table: rows for table in tables if (rows := _rows_of(cursor, table))}


def _rows_of(cursor: Any, table: str) -> set[tuple[Any, ...]]:
    cursor.execute(f'SELECT * FROM "{table}"')
    return set(cursor.fetchall())
