"""`hinomi hunt`: look for rules back in time, in what the lake has kept.

Exit 0: nothing found; 1: found, or a file could not be read; 2: usage; 130: stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hinomi.cli import hunt_output as output
from hinomi.config import load_config
from hinomi.core import crash
from hinomi.core.errors import UsageError
from hinomi.pipeline.hunt import known_organisations
from hinomi.pipeline.hunt_indicators import read_indicators
from hinomi.pipeline.hunt_orders import MOST_FINDINGS, Wanted, order_hunt
from hinomi.pipeline.hunt_run import run_hunt
from hinomi.pipeline.hunt_sql import ask_lake
from hinomi.pipeline.hunt_wanted import absolute
from hinomi.store.hunt_rows import HuntProgress, HuntState, Scope
from hinomi.store.hunts import HuntFolder, all_hunts, hunt_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hinomi.config import Config

_EPILOG = """actions: run (default), and with the ID of a hunt: show, resume, cancel, delete; list
shows all hunts. A hunt that was stopped or killed goes on with resume and finds the same."""
_AGO = re.compile(r"(\d{1,5})([hd])")
_BACKGROUND_NICE = 10
_UNITS = {"h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A new hunt needs what to look for and whose events to look at."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "action", nargs="?", default="run", choices=list(_ACTIONS), help="what to do (default: run)"
    )
    parser.add_argument("id", nargs="?", default="", metavar="ID", help="of an earlier hunt")
    parser.add_argument(
        "--rules", "--rule", action="append", default=[], metavar="PATH|ID",
        help="Sigma rules: file, folder, or the id of a rule in use",
    )  # fmt: skip
    parser.add_argument(
        "--indicator", action="append", default=[], metavar="VALUE|FILE",
        help="address, network, domain, URL, hash or mail address, or a file of them",
    )  # fmt: skip
    parser.add_argument(
        "--sql", metavar="SELECT", help="ask the view `events`, or a shape's (windows, fortigate …)"
    )
    parser.add_argument("--indicator-set", default="", metavar="NAME", help="a file of DATA/intel")
    parser.add_argument(
        "--organisation", action="append", default=[], metavar="ID", help="only this company"
    )
    parser.add_argument("--all-organisations", action="store_true", help="every customer")
    parser.add_argument("--since", metavar="TIME", help="event time, e.g. 2026-11-01, 12h or 30d")
    parser.add_argument("--until", metavar="TIME", help="event time, itself not included")
    parser.add_argument(
        "--timezone", default="Asia/Tokyo", metavar="TZ", help="of times without a zone"
    )
    parser.add_argument(
        "--limit", type=int, default=MOST_FINDINGS, metavar="N", help="findings to keep"
    )
    parser.add_argument(
        "--write-findings", action="store_true", help="also make incidents of what is found"
    )
    parser.add_argument("--format", choices=list(output.WRITERS), default="table")
    parser.add_argument(
        "--background", action="store_true", help="give way to all else and print nothing"
    )
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--crash-at", metavar="NAME[:N]", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """The chosen action."""
    crash.arm(arguments.crash_at)
    config = load_config(data=arguments.data)
    return _ACTIONS[arguments.action](arguments, config)


def _run(arguments: argparse.Namespace, config: Config) -> int:
    if arguments.id:
        raise UsageError(f"{arguments.id!r} is not expected here.", advice="Use --rules PATH|ID.")
    if arguments.sql is not None:
        return _ask(arguments, config)
    wanted = Wanted(
        absolute(arguments.rules), read_indicators(arguments.indicator), arguments.indicator_set
    )
    folder = order_hunt(
        wanted,
        _scope(arguments, config),
        config=config,
        hands_on=arguments.write_findings,
        most_findings=arguments.limit,
    )
    try:
        return _go(folder, arguments, config)
    except UsageError:
        folder.delete()  # what cannot even be planned is nothing to go on with
        raise


def _ask(arguments: argparse.Namespace, config: Config) -> int:
    if arguments.rules or arguments.indicator or arguments.write_findings:
        raise UsageError(
            "--sql stands alone.", advice="Ask, or hunt with --rules: not both at once."
        )
    answer, missing = ask_lake(
        arguments.sql, _scope(arguments, config), config=config, most_rows=arguments.limit
    )
    output.write_rows(answer.columns, answer.rows, arguments.format)
    if answer.is_cut:
        print(f"hinomi hunt: cut at {len(answer.rows):,} rows (--limit).", file=sys.stderr)
    for name in missing:
        print(f"hinomi hunt: {name} is torn or gone; its rows are missing.", file=sys.stderr)
    return 1 if missing else 0


def _resume(arguments: argparse.Namespace, config: Config) -> int:
    folder = _named(arguments, config)
    if folder.state is HuntState.DONE:
        return _show(arguments, config)
    return _go(folder, arguments, config)


def _go(folder: HuntFolder, arguments: argparse.Namespace, config: Config) -> int:
    if arguments.background:
        os.nice(_BACKGROUND_NICE)
    print(f"hinomi hunt: {folder.id}", file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a tower that stops, as Ctrl-C
    try:
        with _progress(folder) as on_progress:
            run_hunt(folder, config=config, on_progress=on_progress)
    except KeyboardInterrupt:
        print(f"stopped; `hinomi hunt resume {folder.id}` goes on.", file=sys.stderr)
        raise
    return 0 if arguments.background else _tell(folder, arguments, config)


def _show(arguments: argparse.Namespace, config: Config) -> int:
    return _tell(_named(arguments, config), arguments, config)


def _tell(folder: HuntFolder, arguments: argparse.Namespace, config: Config) -> int:
    """What is kept of a company that has left meanwhile is not shown any more."""
    customers = frozenset(known_organisations(config.data))
    findings = (each for each in folder.findings() if each.organisation in customers)
    output.write_findings(findings, arguments.format)
    progress = folder.progress
    for note in output.notes(folder):
        print(f"hinomi hunt: {note}", file=sys.stderr)
    return 1 if progress.findings or progress.faults else 0


def _list(arguments: argparse.Namespace, config: Config) -> int:
    output.write_hunts(all_hunts(config.data), arguments.format)
    return 0


def _cancel(arguments: argparse.Namespace, config: Config) -> int:
    folder = _named(arguments, config)
    if folder.state is not HuntState.RUNNING:
        raise UsageError(f"The hunt {folder.id} does not run ({folder.state}).")
    folder.request_stop()
    return 0


def _delete(arguments: argparse.Namespace, config: Config) -> int:
    _named(arguments, config).delete()
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace, Config], int]] = {
    "run": _run,
    "list": _list,
    "show": _show,
    "resume": _resume,
    "cancel": _cancel,
    "delete": _delete,
}


def _named(arguments: argparse.Namespace, config: Config) -> HuntFolder:
    if not arguments.id:
        raise UsageError("Which hunt?", advice=f"hinomi hunt {arguments.action} ID")
    return hunt_named(arguments.id, data=config.data)


def _scope(arguments: argparse.Namespace, config: Config) -> Scope:
    """Never everybody by default: whose events are read is said in so many words."""
    if arguments.all_organisations == bool(arguments.organisation):
        raise UsageError(
            "Whose events?",
            advice="Give --organisation ID (again for more), or --all-organisations.",
        )
    zone, now = _zone(arguments.timezone), config.clock.now()
    since, until = (_moment(text, zone, now) for text in (arguments.since, arguments.until))
    if since and until and since >= until:
        raise UsageError("--since is not before --until.")
    chosen = known_organisations(config.data) if arguments.all_organisations else ()
    return Scope(tuple(dict.fromkeys(chosen or arguments.organisation)), since, until)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{name!r} is no time zone.", advice="e.g. Asia/Tokyo or UTC") from error


def _moment(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        advice = "e.g. 2026-11-01, 2026-11-01T09:30+09:00, 12h or 30d"
        raise UsageError(f"{text!r} is no time.", advice=advice) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@contextmanager
def _progress(folder: HuntFolder) -> Iterator[Callable[[HuntProgress], None]]:
    """A bar on stderr when that is a terminal; nothing at all when it is not."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("さかのぼって調べています", total=None)

        def show(progress: HuntProgress) -> None:
            plan = folder.plan
            bar.update(task, completed=progress.rows, total=plan.records if plan else None)

        yield show
