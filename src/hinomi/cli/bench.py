"""`hinomi bench NAME`: runs a benchmark of the checkout's benchmarks/ folder.

Each is a module or package with `SAYS` (one line) and `run() -> dict` of figures; they need the
checkout. One that names options of `bench` in `TAKES` gets those that were given.
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
    parser.add_argument("--rules", metavar="PATH[:PATH…]", help="detect, noise: rules to measure")
    parser.add_argument("--repeat", type=int, metavar="N", help="detect, console: N runs")
    parser.add_argument("--events", type=int, metavar="N", help="detect: events of each stream")
    parser.add_argument(
        "--incidents", type=int, metavar="N", help="console: how many (100,000); notices: (200)"
    )
    parser.add_argument("--companies", type=int, metavar="N", help="console: how many (20,000)")
    parser.add_argument("--kills", type=int, metavar="N", help="notices: how many -9 (20)")
    parser.add_argument(
        "--open-percent", type=int, metavar="N", help="console: share of open incidents (10)"
    )
    parser.add_argument("--seconds", type=int, metavar="N", help="agent: how long (180)")


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
    results = {name: _run(_load(found[name]), arguments) for name in names}
    if arguments.format == "json":
        print(json.dumps(results[names[0]] if len(names) == 1 else results, ensure_ascii=False))
    else:
        print("\n\n".join(_table(name, figures) for name, figures in results.items()))
    return 1 if any(figures.get("is_missed") for figures in results.values()) else 0


def _run(benchmark: ModuleType, arguments: argparse.Namespace) -> dict[str, Any]:
    options = {name: getattr(arguments, name) for name in getattr(benchmark, "TAKES", ())}
    given = {name: value for name, value in options.items() if value is not None}
    figures: dict[str, Any] = benchmark.run(**given)
    return figures


def _benchmarks() -> dict[str, Path]:
    if not FOLDER.is_dir():
        raise UsageError("Benchmarks come with the checkout, not with the installed package.")
    paths = [
        *FOLDER.glob("[a-z]*.py"),
        *(path.parent for path in FOLDER.glob("[a-z]*/__init__.py")),
    ]
    return {path.stem: path for path in sorted(paths)}


def _load(path: Path) -> ModuleType:
    """Benchmarks share pieces, so they are imported as a package from the checkout."""
    if str(FOLDER.parent) not in sys.path:
        sys.path.insert(0, str(FOLDER.parent))
    return importlib.import_module(f"benchmarks.{path.stem}")


def _table(name: str, figures: dict[str, Any]) -> str:
    width = max((len(key) for key in figures), default=0)
    lines = [
        f"  {key:<{width}}  {line}" for key, value in figures.items() for line in _cells(value)
    ]
    return "\n".join([name, *lines])


def _cells(value: object) -> list[str]:
    """A list has a line for each of its members."""
    if not isinstance(value, list):
        return [_cell(value)]
    return [_cell(one) if not isinstance(one, dict) else _row(one) for one in value] or ["none"]


def _row(value: dict[str, object]) -> str:
    return "  ".join(_cell(one) for one in value.values())


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
