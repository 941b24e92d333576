"""`hinomi lake files`: the files of the event lake, from the manifest and nothing else; and
`hinomi lake reread`, which reads again what was set aside.

Other engines take their list from here, never from a glob: a file that is not listed does not
count (it may be half of a write that was killed).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.store.database import is_made
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hinomi.config import Config
    from hinomi.store.pipeline_rows import ManifestRow

_COLUMNS = ("file", "organisation", "shape", "receive_day", "records", "size_bytes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`files`: one row per file and organisation in it. `reread` needs the company."""
    parser.add_argument("action", choices=list(_ACTIONS), help="what to do")
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--organisation", default="", metavar="ID", help="only this company")
    parser.add_argument("--source", default="", metavar="ID", help="reread: only this source")
    parser.add_argument("--dry-run", action="store_true", help="reread: only count")
    parser.add_argument("--format", choices=["table", "json", "jsonl"], default="table")
    parser.add_argument("--resume", default="", metavar="ID", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """The chosen action."""
    return _ACTIONS[arguments.action](arguments, load_config(data=arguments.data))


def _files(arguments: argparse.Namespace, config: Config) -> int:
    """Exit 0; 1 when a listed file is missing or was found torn, which stderr names."""
    rows, damaged = _manifest(config.data, organisation=arguments.organisation)
    lake = config.data / "lake"
    missing = sorted({row.file for row in rows if not (lake / row.file).exists()})
    _show([_row(row, lake=lake) for row in rows if row.file not in missing], arguments.format)
    for file in damaged:
        print(f"hinomi lake: {file} was torn; it lies in {lake / 'quarantine'}", file=sys.stderr)
    for file in missing:
        print(f"hinomi lake: {file} is listed but missing", file=sys.stderr)
    return 1 if damaged or missing else 0


def _reread(arguments: argparse.Namespace, config: Config) -> int:
    """Exit 0; 1 when a file could not be read, which stderr names."""
    from hinomi.cli.lake_reread import reread

    return reread(arguments, config)


_ACTIONS = {"files": _files, "reread": _reread}


def _manifest(data: Path, *, organisation: str) -> tuple[list[ManifestRow], list[str]]:
    if not is_made(data / FILE_NAME):
        return [], []
    with PipelineReader(data / FILE_NAME) as reader:
        rows = reader.manifest(organisation) if organisation else list(reader.all_files())
        return rows, reader.damaged_files()


def _row(row: ManifestRow, *, lake: Path) -> dict[str, object]:
    plain = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(row).items()
    }
    return {**plain, "file": str(lake / row.file)}


def _show(rows: Iterable[dict[str, object]], form: str) -> None:
    if form == "json":
        print(json.dumps(list(rows), indent=2))
        return
    for row in rows:
        if form == "jsonl":
            print(json.dumps(row))
        else:
            print("  ".join(str(row[name]) for name in _COLUMNS))
