"""`hinomi scan`: look for attacks in files. Exit 0: nothing found; 1: found, or a file not read.

Only what the arguments need is imported here, so that `--help` is instant; the work is scan_run's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.core.words import Level

if TYPE_CHECKING:
    import argparse

_EPILOG = """exit code: 0 nothing found and everything read; 1 something was found, or a file could
not be read to its end; 2 wrong use."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """PATH may be files, folders, .zip and .gz."""
    parser.epilog = _EPILOG
    parser.add_argument("paths", nargs="+", metavar="PATH", help="EVTX, NDJSON, logs, folders, zip")
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="PATH",
        help="Sigma rules, file or folder (default: hinomi's own and the imported ones)",
    )
    parser.add_argument("--format", choices=["table", "jsonl", "html", "pdf"], default="table")
    parser.add_argument("--min-level", choices=list(map(str, Level)), default="informational")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to stdout")
    parser.add_argument("--lang", choices=["ja", "en"], default="ja", help="language of the report")
    parser.add_argument(
        "--timezone", default="Asia/Tokyo", metavar="TZ", help="where a record states no zone"
    )
    parser.add_argument("--data", help="data folder with imported rules (default: HINOMI_DATA)")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: one per core)")


def run(arguments: argparse.Namespace) -> int:
    """Reads everything once; JSON lines come out while it reads."""
    from hinomi.cli.scan_run import run_scan

    if arguments.jobs is not None and arguments.jobs < 1:
        raise UsageError("--jobs needs a number from 1 up.", advice="Leave it out for all cores.")
    return run_scan(arguments, jobs=arguments.jobs or _cores())


def _cores() -> int:
    """Those this process may use, not those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
