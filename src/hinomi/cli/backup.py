"""`hinomi backup`: takes, checks and lists backups; the tower goes on running."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hinomi
from hinomi.config import load_config
from hinomi.core import crash
from hinomi.core.errors import UsageError
from hinomi.store.backup import Contents, faults_of, kept_in, take_backup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.config import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Without an action: take one."""
    parser.epilog = (
        "exit code: 0 all is well; 1 no backup was made, or files were missing or damaged (stderr"
        " names them); 2 wrong use. keys/ is left out: keep a copy of it in another place."
    )
    parser.add_argument("action", nargs="?", choices=sorted(_ACTIONS), default="take")
    parser.add_argument("path", nargs="?", type=Path, help="of check and list: a backup or folder")
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument(
        "--to",
        type=Path,
        metavar="PATH",
        help="folder for backups, where lake files of earlier ones are linked, not copied; or one"
        " file NAME.tar (default: DATA-backups beside DATA)",
    )
    parser.add_argument("--format", choices=["table", "json", "jsonl"], default="table")
    parser.add_argument("--crash-at", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """One action."""
    crash.arm(arguments.crash_at)
    config = load_config(data=arguments.data)
    return _ACTIONS[arguments.action](arguments, config)


def _take(arguments: argparse.Namespace, config: Config) -> int:
    if arguments.path is not None:
        raise UsageError(f"Where to: --to {arguments.path}")
    place, contents = take_backup(
        config.data,
        _shelf(arguments, config),
        now=config.clock.now,
        version=hinomi.__version__,
        on_step=_say if sys.stderr.isatty() else lambda _: None,
    )
    _print([_row(place, contents) | {"left_out": contents.left_out}], arguments.format)
    for name, why in contents.left_out.items():
        _say(f"left out: {name} ({why})")
    return _tell(contents.faults)


def _check(arguments: argparse.Namespace, config: Config) -> int:
    """Every byte of every backup at the path is read."""
    trouble = 0
    rows = []
    for kept in kept_in(arguments.path or _shelf(arguments, config)):
        faults = list(faults_of(kept))
        trouble |= _tell([f"{kept.path}: {fault}" for fault in faults])
        rows.append(_row(kept.path, kept.contents) | {"whole": not faults, "faults": faults})
    if not rows:
        raise UsageError("There is no finished backup here.", advice="Name one: backup check PATH")
    _print(rows, arguments.format)
    return trouble


def _list(arguments: argparse.Namespace, config: Config) -> int:
    """Newest first."""
    found = kept_in(arguments.path or _shelf(arguments, config))
    _print([_row(kept.path, kept.contents) for kept in found], arguments.format)
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Config], int]] = {
    "take": _take,
    "check": _check,
    "list": _list,
}


def _shelf(arguments: argparse.Namespace, config: Config) -> Path:
    if arguments.to is not None:
        return Path(arguments.to).expanduser().absolute()
    return config.data.with_name(f"{config.data.name}-backups")


def _row(place: Path, contents: Contents) -> dict[str, object]:
    return {
        "path": str(place),
        "taken_at": contents.taken_at.isoformat(),
        "seconds": round((contents.finished_at - contents.taken_at).total_seconds(), 1),
        "hinomi": contents.hinomi,
        "files": len(contents.files),
        "size_bytes": contents.size_bytes,
        **contents.counts,
        "faults": list(contents.faults),
    }


def _tell(faults: list[str] | tuple[str, ...]) -> int:
    for fault in faults:
        _say(f"fault: {fault}")
    return 1 if faults else 0


def _print(rows: list[dict[str, object]], form: str) -> None:
    if form == "table":
        for row in rows:
            print("  ".join(f"{name}={value}" for name, value in row.items() if name in _SHOWN))
        return
    if form == "json":
        print(json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False))
        return
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))


_SHOWN = ("path", "taken_at", "files", "size_bytes", "findings", "whole")


def _say(line: str) -> None:
    print(f"hinomi backup: {line}", file=sys.stderr, flush=True)
