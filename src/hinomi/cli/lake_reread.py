"""`hinomi lake reread`: what was set aside, read with today's formats."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.pipeline.reread import run_reread
from hinomi.pipeline.reread_orders import order_reread
from hinomi.store.rereads import reread_named

if TYPE_CHECKING:
    import argparse

    from hinomi.config import Config
    from hinomi.store.rereads import RereadFolder, RereadProgress

_BACKGROUND_NICE = 10
_PATIENCE_S = 15.0  # a running tower takes a part in each second
_LOOK_S = 0.2


def reread(arguments: argparse.Namespace, config: Config) -> int:
    """Begin, or with `--resume` go on with what was ordered on screen, and say what came of it."""
    if arguments.resume:
        os.nice(_BACKGROUND_NICE)
        run_reread(reread_named(arguments.resume, data=config.data), config=config)
        return 0
    if not arguments.organisation:
        raise UsageError("Whose records?", advice="Give --organisation ID.")
    folder = order_reread(
        arguments.organisation, arguments.source, config=config, is_trial=arguments.dry_run
    )
    progress = run_reread(folder, config=config, on_progress=_tell)
    waiting = _waiting(folder)
    _show(folder, progress, waiting, arguments.format)
    for fault in progress.faults:
        print(f"hinomi lake: {fault}", file=sys.stderr)
    return 1 if progress.faults else 0


def _tell(progress: RereadProgress) -> None:
    if sys.stderr.isatty():
        print(
            f"\r{progress.done} of {progress.files} files, {progress.looked:,} records",
            end="\n" if progress.is_done else "",
            file=sys.stderr,
        )


def _waiting(folder: RereadFolder) -> int:
    """How many files the worker has not put in yet, after waiting for it a little."""
    end = time.monotonic() + _PATIENCE_S
    while folder.parts() and time.monotonic() < end:
        time.sleep(_LOOK_S)
    return len(folder.parts())


def _show(folder: RereadFolder, progress: RereadProgress, waiting: int, form: str) -> None:
    if form != "table":
        told = {"id": folder.id, "is_trial": folder.order.is_trial, "waiting": waiting}
        print(json.dumps(told | asdict(progress)))
        return
    verb = "can be read" if folder.order.is_trial else "were read"
    print(f"{progress.looked:,} were set aside; {progress.readable:,} of them {verb} now.")
    for shape, number in sorted(progress.shapes.items()):
        print(f"  {shape}: {number:,}")
    if progress.beyond:
        print(f"{progress.beyond:,} findings more than are kept of one order.")
    if waiting:
        print(f"{waiting} files wait for the worker; `hinomi up` puts them in.")
