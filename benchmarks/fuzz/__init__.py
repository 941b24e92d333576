"""Damaged input for every parser, by families: no crash, no hang, no memory without bound.

    python -m benchmarks.fuzz --cases 1000000 [--family NAME]… [--jobs N]
    python -m benchmarks.fuzz --replay NAME:NUMBER

The same number makes the same case, today and on another machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.fuzz.family import Family

SAYS = "damaged input for every parser: crashes, slowest line, memory"
CASES = 2_000


def families() -> dict[str, Family]:
    """By name, in the order they are run. Imported on use: they load every reader there is."""
    from benchmarks.fuzz import files, lists, records, wires

    every = (*records.FAMILIES, *wires.FAMILIES, *files.FAMILIES, *lists.FAMILIES)
    return {family.name: family for family in every}


def run() -> dict[str, Any]:
    """A taste of each family; the command runs the millions."""
    from benchmarks.fuzz.command import run_all

    rows, faults = run_all(families(), range(CASES), jobs=1)
    return {"families": rows, "faults": len(faults), "is_missed": bool(faults)}
