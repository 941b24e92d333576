"""What a mail shows a person, cut from its wrapping: lines of text and tables."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

MAX_LINES = 20_000
MAX_ROWS = 5_000
MAX_CELLS = 64  # in a row
_CELL_MOST = 4_000
_GAP = re.compile(r"\t+|\s*[|│｜┃]\s*|(?:\s{2,}|　+)")
_RULE = re.compile(r"[\s\-=_+|│┃─━┼╋＋—*~]*")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as they stand; which of them is the heading the labels decide."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The body, or one attachment by its name. `is_whole` is False when a limit cut it."""

    name: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    is_whole: bool = True


def from_text(name: str, text: str) -> Section:
    """Plain text: its lines, and runs of lines that stand in columns."""
    lines = text.split("\n", MAX_LINES)
    kept = tuple(line.strip("\r \t　") for line in lines[:MAX_LINES])
    return Section(name, kept, tuple(_columns(lines[:MAX_LINES])), len(lines) <= MAX_LINES)


def from_csv(name: str, text: str) -> Section:
    """Separated values with whatever mark; lines of one cell (a title) become lines of text."""
    head = "\n".join(text.split("\n", 30)[:30])
    mark = max((",", "\t", ";", "|"), key=head.count)
    rows: list[tuple[str, ...]] = []
    is_whole = True
    try:
        for row in csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=mark):
            if len(rows) >= MAX_ROWS:
                is_whole = False
                break
            cells = tuple(cell.strip()[:_CELL_MOST] for cell in row[:MAX_CELLS])
            if any(cells):
                rows.append(cells)
    except csv.Error:
        return from_text(name, text)
    widest = max((_filled(row) for row in rows), default=0)
    above = [row for row in rows if _filled(row) <= 2 < widest or _filled(row) == 1]
    lines = tuple(": ".join(cell for cell in row if cell) for row in above)
    table = Table(tuple(row for row in rows if _filled(row) > 1))
    return Section(name, lines, (table,) if table.rows else (), is_whole)


def _filled(row: tuple[str, ...]) -> int:
    return sum(1 for cell in row if cell)


def _columns(lines: list[str]) -> list[Table]:
    """Runs of at least two lines with the same three or more columns; rules between are skipped."""
    tables: list[Table] = []
    run: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if run and line.strip() and _RULE.fullmatch(line):
            continue
        cells = _cells(line)
        if len(cells) >= 3 and (not run or len(cells) == len(run[0])):
            run.append(cells)
            continue
        if len(run) >= 2:
            tables.append(Table(tuple(run[:MAX_ROWS])))
        run = [cells] if len(cells) >= 3 else []
    return tables


def _cells(line: str) -> tuple[str, ...]:
    if len(line) > _CELL_MOST or _RULE.fullmatch(line):
        return ()
    inner = line.strip().strip("|│｜┃").strip()
    return tuple(cell.strip() for cell in _GAP.split(inner)[:MAX_CELLS]) if inner else ()
