"""`hinomi watch FOLDER`: send what is written into a folder to the tower, each record once.

Ends with 0 after `--once`, or by Ctrl-C; with 1 when the tower refuses the token.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    import argparse

_ENDPOINT = "http://127.0.0.1:8421/ingest/v1/events"
_STATE = ".hinomi-watch.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A token in a file is in no list of processes."""
    parser.add_argument("folder", type=Path, help="lines, CSV with a first row of names, EVTX")
    token = parser.add_mutually_exclusive_group(required=True)
    token.add_argument("--token", help="of the source")
    token.add_argument("--token-file", type=Path, metavar="FILE", help="a file with the token")
    parser.add_argument("--endpoint", default=_ENDPOINT, help=f"default: {_ENDPOINT}")
    parser.add_argument("--authority", type=Path, help="PEM of the tower's certificate, if its own")
    parser.add_argument("--match", default="*", metavar="GLOB", help="files to take (default: all)")
    parser.add_argument("--state", type=Path, help=f"positions (default: FOLDER/{_STATE})")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="default: 2")
    parser.add_argument("--once", action="store_true", help="send what is there, then end")


def run(arguments: argparse.Namespace) -> int:
    """Progress on stderr."""
    from hinomi.pipeline.folder.positions import Positions
    from hinomi.pipeline.folder.watching import FolderWatch, Road

    if not arguments.folder.is_dir():
        raise UsageError(f"{arguments.folder} is no folder.", advice="Give an existing folder.")
    positions = Positions(arguments.state or arguments.folder / _STATE)
    token = arguments.token or arguments.token_file.read_text(encoding="ascii").strip()
    road = Road(arguments.endpoint, token, arguments.authority)
    watch = FolderWatch(arguments.folder, arguments.match, road, positions)
    try:
        watch.round(is_last=arguments.once)
        while not arguments.once:
            time.sleep(arguments.every)
            watch.round()
    except KeyboardInterrupt:
        pass
    finally:
        positions.close()
    print(f"{watch.sent:,} records sent", file=sys.stderr)
    return 0
