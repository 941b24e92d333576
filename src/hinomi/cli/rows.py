"""Rows on stdout as table, JSON lines or one JSON list; nothing in them acts on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hinomi.pipeline.report.visible import json_line, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMATS = ("table", "jsonl", "json")
_PIPE_WIDTH = 400  # a script that greps must not meet our line breaks


def write_rows(rows: Sequence[Mapping[str, object]], form: str) -> None:
    """Every row has the same keys; they are the table's columns."""
    if form == "json":
        print(json_line(list(rows)))
    elif form == "jsonl":
        for row in rows:
            print(json_line(dict(row)))
    elif rows:
        _write_table(rows)


def _write_table(rows: Sequence[Mapping[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(_cell(value))) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
