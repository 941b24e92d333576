"""Prints what a command found: one object, or rows, as JSON, JSON lines or a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
    table = Table(*rows[0])
    for row in rows:
        # Text, not markup: square brackets in a log line must not colour the terminal.
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    """Control characters shown, not sent: a log line must not steer the terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
