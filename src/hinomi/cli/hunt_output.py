"""How `hinomi hunt` shows findings and hunts: a table for people, JSON for programs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hinomi.pipeline.report.jsonl import finding_object
from hinomi.pipeline.report.visible import json_line, visible
from hinomi.store.hunt_rows import HuntState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hinomi.core.findings import Finding
    from hinomi.store.hunts import HuntFolder

_FINDING = ("level", "time", "organisation", "host", "rule_title", "why", "event_id")
_HUNT = ("id", "state", "ordered_at", "companies", "rows", "findings", "rules")


def write_findings(findings: Iterable[Finding], form: str) -> None:
    """The keys of `scan` where they apply, and whose event it was."""
    rows = (
        {
            **finding_object(finding, place={"source": finding.source}),
            "organisation": finding.organisation,
            "event_id": finding.evidence[-1].event_id if finding.evidence else "",
        }
        for finding in findings
    )
    WRITERS[form](_FINDING, rows)


def write_hunts(hunts: Iterable[HuntFolder], form: str) -> None:
    """One row per hunt."""
    WRITERS[form](_HUNT, map(_hunt_object, hunts))


def write_rows(columns: Sequence[str], rows: Iterable[dict[str, object]], form: str) -> None:
    """Rows of a question in SQL; times are ISO 8601 in UTC, bytes are shown as text."""
    WRITERS[form](columns, ({name: _plain(row[name]) for name in columns} for row in rows))


def notes(folder: HuntFolder) -> Iterator[str]:
    """What a person must know beside the findings."""
    plan, progress, state = folder.plan, folder.progress, folder.state
    yield from plan.notes if plan else ()
    yield f"{progress.rows:,} events in scope, {progress.findings:,} findings"
    if progress.beyond:
        yield f"{progress.beyond:,} more were only counted; ask for a shorter time or use --limit."
    yield from progress.faults
    if state is not HuntState.DONE:
        yield f"this hunt is not finished ({state}); `hinomi hunt resume {folder.id}` goes on."


def _hunt_object(folder: HuntFolder) -> dict[str, object]:
    order, progress = folder.order, folder.progress
    return {
        "id": order.id,
        "state": folder.state.value,
        "ordered_at": _shown(order.ordered_at),
        "companies": len(order.scope.organisations),
        "since": _shown(order.scope.since),
        "until": _shown(order.scope.until),
        "rows": progress.rows,
        "findings": progress.findings,
        "beyond": progress.beyond,
        "rules": list(order.rules),
        "indicators": list(order.indicators),
        "faults": list(progress.faults),
    }


def _shown(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def _as_table(columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    """Cells come from records: nothing in them may act on the terminal or as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(_cell(row.get(name)))) for name in columns))
    # A pipe gets whole lines: a script that greps must not meet our line breaks.
    Console(width=None if sys.stdout.isatty() else 400, highlight=False).print(table)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, dict) and "pattern" in value:  # a reason of a finding
        return f"{value['field']}={value['value']}" if value["field"] else str(value["value"])
    return "" if value is None else str(value)


def _as_lines(_columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    for row in rows:
        print(json_line(row))


def _as_array(_columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    print(json_line(list(rows)))


WRITERS: dict[str, Callable[[Sequence[str], Iterable[dict[str, object]]], None]] = {
    "table": _as_table,
    "jsonl": _as_lines,
    "json": _as_array,
}
