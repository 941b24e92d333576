"""Prints what a command found: one object, or rows, as JSON, JSON lines or a table."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WHOLE = frozenset({"id", "event_id", "incident"})
_FILE_WIDTH = 250  # into a file or a pipe no terminal folds the lines


def print_one(row: Mapping[str, object], *, form: str) -> None:
    """One object; both JSON forms are one line."""
    if form != "table":
        print(_json(row))
        return
    for name, value in row.items():
        print(f"{name}: {_cell(value)}")


def print_rows(rows: Iterable[Mapping[str, object]], *, form: str) -> None:
    """Rows: `json` is one list, `jsonl` one object per line, as they come."""
    if form == "jsonl":
        for row in rows:
            print(_json(row))
        return
    found = list(rows)
    if form == "json":
        print(_json(found))
        return
    _print_table(found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _print_table(rows: list[Mapping[str, object]]) -> None:
    if not rows:
        print("(none)")
        return
    table = Table()
    for name in rows[0]:
        # An id cut short is no id; long log lines go on in the next line.
        table.add_column(name, overflow="fold", no_wrap=name in _WHOLE)
    for row in rows:
        # Text, not markup: square brackets in a log line must not colour the terminal.
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else _FILE_WIDTH).print(table)


def _cell(value: object) -> str:
    """Control characters shown, not sent: a log line must not steer the terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
