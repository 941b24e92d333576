"""Reads a workbook in a process of its own: standard input to JSON on standard output.

A few bytes of a hostile workbook can name the last cell of the sheet, or unpack to gigabytes, and
the reader then takes all memory. Here it has limits of its own, and only it dies. Formulas are not
run: what Excel last computed is read.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from hinomi.core.archives import BROKEN_ARCHIVE

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_UNPACKED_BYTES = 200_000_000  # as the archive itself says: asked before anything is unpacked
_MEMORY_BYTES = 1 << 30
_CPU_S = 20
_MOST_SHEETS = 20
_EXIT_PASSWORD, _EXIT_UNREADABLE = 3, 4
_SPARE_ROWS = 50  # empty rows count here, and not for the caller

Cell = int | float | str | bool | time | date | timedelta
Sheet = list[list[str]]


class Unreadable(Exception):
    """No workbook we can read, or one beyond the limits."""


class Locked(Unreadable):
    """A workbook with a password."""


def read_workbook(raw: bytes, *, most_rows: int, most_columns: int) -> list[Sheet]:
    """All sheets as text, cut a little past the limits so that the caller can tell."""
    if raw.startswith(b"PK"):
        require_small(raw)
    command = [sys.executable, "-m", __name__, str(most_rows), str(most_columns)]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unreadable from error
    if done.returncode == _EXIT_PASSWORD:
        raise Locked
    if done.returncode:
        raise Unreadable
    sheets: list[Sheet] = json.loads(done.stdout)
    return sheets


def require_small(raw: bytes) -> None:
    """Unreadable for what says of itself that it unpacks to too much; done before the child is
    started."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except BROKEN_ARCHIVE as error:
        raise Unreadable from error
    if size > _UNPACKED_BYTES:
        raise Unreadable


def main(arguments: list[str]) -> int:
    """The child: limits first, then the library."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows, columns = map(int, arguments)
    try:
        found = read_here(sys.stdin.buffer.read(), most_rows=rows, most_columns=columns)
    except Locked:
        return _EXIT_PASSWORD
    except (Unreadable, MemoryError):
        return _EXIT_UNREADABLE
    json.dump(found, sys.stdout)
    return 0


def read_here(raw: bytes, *, most_rows: int, most_columns: int) -> list[Sheet]:
    """What the child does. Without its limits a hostile workbook ends the process that reads it."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    rows, columns = most_rows + _SPARE_ROWS, most_columns + 1
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return [_rows(book, name, rows, columns) for name in book.sheet_names[:_MOST_SHEETS]]
    except PasswordError as error:
        raise Locked from error
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable from error


def _rows(book: CalamineWorkbook, name: str, rows: int, columns: int) -> Sheet:
    read = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=rows)
    return [[_text(cell) for cell in row[:columns]] for row in read]


def _text(cell: Cell) -> str:
    """As a person would type it: whole numbers without a point, days without midnight."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date().isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
