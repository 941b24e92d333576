"""`hinomi bench NAME`: runs a benchmark of the checkout's benchmarks/ folder.

Each is a module with `SAYS` (one line) and `run() -> dict` of figures; they need the checkout.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hinomi
from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from types import ModuleType

FOLDER = Path(hinomi.__file__).resolve().parents[2] / "benchmarks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`all` runs every benchmark, `list` names them."""
    parser.add_argument("name", help="a benchmark, `all`, or `list`")
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(arguments: argparse.Namespace) -> int:
    """Figures on stdout; exit 1 when a benchmark says that its goal is missed."""
    found = _benchmarks()
    if arguments.name == "list":
        print("\n".join(f"{name:<12} {_load(path).SAYS}" for name, path in found.items()))
        return 0
    if arguments.name != "all" and arguments.name not in found:
        raise UsageError(
            f"No benchmark {arguments.name!r}.", advice=f"There are: {', '.join(found)}."
        )
    names = list(found) if arguments.name == "all" else [arguments.name]
    results = {name: _load(found[name]).run() for name in names}
    if arguments.format == "json":
        print(json.dumps(results[names[0]] if len(names) == 1 else results, ensure_ascii=False))
    else:
        print("\n\n".join(_table(name, figures) for name, figures in results.items()))
    return 1 if any(figures.get("is_missed") for figures in results.values()) else 0


def _benchmarks() -> dict[str, Path]:
    if not FOLDER.is_dir():
        raise UsageError("Benchmarks come with the checkout, not with the installed package.")
    paths = sorted(FOLDER.glob("[a-z]*.py"))
    return {path.stem: path for path in paths}


def _load(path: Path) -> ModuleType:
    """Benchmarks share pieces, so they are imported as a package from the checkout."""
    if str(FOLDER.parent) not in sys.path:
        sys.path.insert(0, str(FOLDER.parent))
    return importlib.import_module(f"benchmarks.{path.stem}")


def _table(name: str, figures: dict[str, Any]) -> str:
    width = max((len(key) for key in figures), default=0)
    lines = [f"  {key:<{width}}  {_cell(value)}" for key, value in figures.items()]
    return "\n".join([name, *lines])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
