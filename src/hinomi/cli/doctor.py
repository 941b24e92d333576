"""`hinomi doctor`: one line per thing, what to do under each that is wrong. Exit 1 on a fault."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.pipeline.doctor import Diagnosis, Patient, State, examine, fetch, greet_mail
from hinomi.pipeline.report.visible import visible

if TYPE_CHECKING:
    import argparse

    from hinomi.config import Config

_MARK = {State.OK: "ok   ", State.NOTE: "note ", State.FAULT: "FAULT"}
_COLOUR = {State.OK: "32", State.NOTE: "33", State.FAULT: "31"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data folder is the one thing that can be chosen here."""
    parser.epilog = "exit code: 0 no fault; 1 at least one fault; 2 wrong use."
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(arguments: argparse.Namespace) -> int:
    """Looks, says, changes nothing."""
    config = load_config(data=arguments.data)
    patient = Patient(
        config=config,
        data_from=_data_from(arguments.data, config),
        greet_mail=greet_mail,
        fetch=fetch,
    )
    found = examine(patient)
    if arguments.format == "json":
        print(json.dumps([asdict(diagnosis) for diagnosis in found], ensure_ascii=False, indent=1))
    else:
        _print_table(found)
    return 1 if any(diagnosis.state is State.FAULT for diagnosis in found) else 0


def _data_from(given: str | None, config: Config) -> str:
    if given:
        return "--data"
    return "default" if config.data == Path("data").absolute() else "HINOMI_DATA"


def _print_table(found: list[Diagnosis]) -> None:
    width = max(len(diagnosis.subject) for diagnosis in found)
    for diagnosis in found:
        mark = _MARK[diagnosis.state]
        if sys.stdout.isatty():
            mark = f"\x1b[{_COLOUR[diagnosis.state]}m{mark}\x1b[0m"
        print(f"{mark}  {diagnosis.subject:<{width}}  {visible(diagnosis.said)}")
        if diagnosis.advice:
            print(f"{'':5}  {'':<{width}}  → {visible(diagnosis.advice)}")
