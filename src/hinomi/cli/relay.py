"""`hinomi relay`: enrol this machine by a code, run it, see how it does; `add` makes the code.

`add` and `code` belong to the provider's machine and are handed to `hinomi-portal`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    import argparse

_MIB = 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add`, `code`, `enrol`, `run`, `status`."""
    import argparse as parsing

    actions = parser.add_subparsers(dest="action", required=True)
    for name, line in (
        ("add", "make a relay of a company and its code (at the provider)"),
        ("code", "a new code for a relay (at the provider)"),
    ):
        handed = actions.add_parser(name, help=line, add_help=False, prefix_chars="\0")
        handed.add_argument("rest", nargs=parsing.REMAINDER)
    enrol = actions.add_parser("enrol", help="make this machine the relay of a code")
    enrol.add_argument("url", help="the tower's web address")
    enrol.add_argument("code", help="the provider's code, valid once within 24 hours")
    enrol.add_argument("--data", type=Path, required=True)
    enrol.add_argument("--authority", type=Path, help="PEM of the tower's certificate, if its own")
    enrol.add_argument("--ingest", default="", help="where to bring records, if not as told")
    run_ = actions.add_parser("run", help="listen, keep, bring")
    run_.add_argument("--data", type=Path, required=True)
    run_.add_argument("--host", default="0.0.0.0", help="listen here (default: all)")  # noqa: S104
    run_.add_argument("--port", type=int, default=5514, help="shared port (default: 5514)")
    run_.add_argument(
        "--status-host",
        default="0.0.0.0",  # noqa: S104
        help="of the page; private peers only",
    )
    run_.add_argument("--status-port", type=int, default=8480, help="of the page (default: 8480)")
    run_.add_argument("--spool-mb", type=int, default=1024, help="disk to use (default: 1024)")
    run_.add_argument("--crash-at", help=parsing.SUPPRESS)
    run_.add_argument("--settle-seconds", type=float, default=60.0, help=parsing.SUPPRESS)
    status = actions.add_parser("status", help="how the relay on this machine does")
    status.add_argument("--data", type=Path, required=True)


def run(arguments: argparse.Namespace) -> int:
    """0 when it ended as asked."""
    return _ACTS[arguments.action](arguments)


def _hand_on(arguments: argparse.Namespace) -> int:
    from hinomi.cli import provision

    arguments.rest = [arguments.action, *arguments.rest]
    return provision.run(arguments)


def _enrol(arguments: argparse.Namespace) -> int:
    from hinomi.pipeline.relay.enrolling import enrol

    relay = enrol(
        arguments.url,
        arguments.code,
        data=arguments.data,
        authority=arguments.authority,
        ingest=arguments.ingest,
    )
    print(json.dumps({"relay": relay}))
    return 0


def _run(arguments: argparse.Namespace) -> int:
    import asyncio
    import logging

    from hinomi.config import load_config
    from hinomi.core import crash
    from hinomi.pipeline.relay.process import Settings, serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    crash.arm(arguments.crash_at)
    config = load_config(data=arguments.data)
    settings = Settings(
        data=config.data,
        clock=config.clock,
        host=arguments.host,
        port=arguments.port,
        status_host=arguments.status_host,
        status_port=arguments.status_port,
        spool_bytes=arguments.spool_mb * _MIB,
        settle_s=arguments.settle_seconds,
    )
    asyncio.run(serve(settings))
    return 0


def _status(arguments: argparse.Namespace) -> int:
    """Exit 1 when something is to be done."""
    from contextlib import closing
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    try:
        ready = json.loads((arguments.data / "run" / "relay.json").read_text())
        port = urlsplit(str(ready["status"])).port
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/status.json")
            told = json.load(connection.getresponse())
    except (OSError, ValueError, KeyError) as error:
        raise HinomiError(
            "the relay does not answer here", advice="hinomi relay run --data DIR"
        ) from error
    json.dump(told, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 1 if told["next"] else 0


_ACTS = {"add": _hand_on, "code": _hand_on, "enrol": _enrol, "run": _run, "status": _status}
