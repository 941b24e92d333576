"""`hinomi restore PATH --data DIR`: a data folder from a backup, ready for `hinomi up`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.core import crash
from hinomi.pipeline.restoring import restore
from hinomi.store.backup import newest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.store.backup import Kept


_ALWAYS = (
    "{data} is as it was on {moment}; what came after is not in it.",
    """- {notices_sent_again} waiting mails, and mails about what happened before now, go out marked
  【再送】: they may have been sent already.""",
    "- The next incident is {next_number}: numbers given after the backup are left out.",
    """- Tokens revoked, engagements ended and people removed after the backup are back: remove them
  again before you start.""",
)
_WITHOUT_KEYS = """- New keys were drawn. Put your copy of the old ones into {data}/keys before you
  start, else everybody sets up their second factor anew. Tokens of sources go on working."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """From a folder of backups the newest is taken."""
    parser.epilog = "exit code: 0 restored; 1 refused or damaged, nothing was changed; 2 wrong use."
    parser.add_argument("path", type=Path, help="a backup, or a folder of backups (the newest)")
    parser.add_argument("--data", help="new data folder: missing or empty")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="DIR",
        help="your kept copy of the old DATA/keys; without it new keys are drawn",
    )
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--crash-at", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """All of it or nothing."""
    crash.arm(arguments.crash_at)
    data = load_config(data=arguments.data).data
    kept = newest(arguments.path.expanduser().absolute())
    told = restore(kept, data, keys=arguments.keys)
    if arguments.format == "json":
        print(json.dumps({"data": str(data), "from": str(kept.path), **told}))
        return 0
    for line in _words(kept, data, told, has_keys=arguments.keys is not None):
        print(line)
    for fault in kept.contents.faults:
        print(f"hinomi restore: missing since before the backup: {fault}", file=sys.stderr)
    return 0


def _words(kept: Kept, data: Path, told: Mapping[str, object], *, has_keys: bool) -> list[str]:
    """What a person must know before they start the tower."""
    moment = f"{kept.contents.taken_at:%Y-%m-%d %H:%M} UTC"
    lines = [
        line.format(data=data, moment=moment, **told)
        for line in (_ALWAYS if has_keys else (*_ALWAYS, _WITHOUT_KEYS))
    ]
    return [*lines, f"Then: hinomi up --data {data}"]
