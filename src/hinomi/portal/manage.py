"""`hinomi-portal COMMAND …`: the portal's processes and commands, each for one data folder."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING, Protocol, cast

from hinomi.config import load_config
from hinomi.core.errors import HinomiError, UsageError
from hinomi.portal.access.keys import make
from hinomi.store.database import choose_server, server_of
from hinomi.store.sqlite import require_safe_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Command(Protocol):
    """What a command's module offers. `prepare` brings the stores up to date first."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; Django is set up. The returned number is the exit code."""


# name → (module, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "migrate": ("hinomi.portal.commands.migrate", "bring all stores to this version's schema"),
    "restored": ("hinomi.portal.commands.restored", "make restored data careful (hinomi restore)"),
    "consultation-mail": (
        "hinomi.portal.commands.consultation_mail",
        "take in a mail to the desk (standard input, or a folder)",
    ),
    "web": ("hinomi.portal.commands.web", "serve the screens"),
    "bell": ("hinomi.portal.bell", "read findings, open incidents, send notices"),
    "auditor": ("hinomi.portal.commands.auditor", "prove that each due step ran, ping outside"),
    "firm": ("hinomi.portal.commands.firm", "add a firm (provider, partner)"),
    "organisation": ("hinomi.portal.commands.organisation", "add a customer company"),
    "engagement": ("hinomi.portal.commands.engagement", "start or end a firm's engagement"),
    "relay": ("hinomi.portal.commands.relay", "make a relay of a company and its one-time code"),
    "source": ("hinomi.portal.commands.source", "add or revoke a source"),
    "format": ("hinomi.portal.commands.format", "taught formats: list, import, export, use"),
    "mailbox": (
        "hinomi.portal.commands.mailbox",
        "connect a mailbox, and say whose mails are whose",
    ),
    "device": ("hinomi.portal.commands.device", "give a machine its nickname"),
    "exceptions": ("hinomi.portal.commands.exceptions", "leave something alone, or no longer"),
    "user": ("hinomi.portal.commands.user", "add a person, or make a one-time sign-in link"),
    "incidents": ("hinomi.portal.commands.incidents", "list a company's incidents"),
    "events": ("hinomi.portal.commands.events", "list a company's events"),
    "outbox": ("hinomi.portal.commands.outbox", "list a company's notices"),
    "trail": ("hinomi.portal.commands.trail", "the audit trail: verify, list, export"),
    "bounces": ("hinomi.portal.commands.bounces", "read a mail that came back on standard input"),
    "texts": ("hinomi.portal.commands.texts", "list or check customer texts"),
    "batch": ("hinomi.portal.batch", "many commands in one process, from standard input"),
    "django": ("hinomi.portal.commands.django_admin", "Django's own commands (developers)"),
}

WITHOUT_STORES = frozenset({"texts"})  # reading our own words must not make a data folder
# web: granian's child loads it. auditor: small, and shares no code with what it checks.
WITHOUT_DJANGO = frozenset({"web", "auditor"})
FORMATS = ("table", "json", "jsonl")
KEYS = ("django", "sources", "second-factor")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit 0 ok, 1 trouble found, 2 usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_help(), file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        print(f"hinomi-portal: no command {name!r}.\n{_help()}", file=sys.stderr)
        return 2
    try:
        return _run(name, rest)
    except HinomiError as error:
        print(f"hinomi {name}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has what it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(name: str, rest: list[str]) -> int:
    # The folder must be known before any module touches Django's settings, so these two options
    # are read ahead, wherever they stand.
    ahead = _common_options()
    known, remaining = ahead.parse_known_args(
        rest, namespace=argparse.Namespace(data=None, format="table")
    )
    wants_help = bool({"-h", "--help"} & set(remaining))
    point_at(data=known.data, create=name not in WITHOUT_STORES and not wants_help)
    module, line = COMMANDS[name]
    if name not in WITHOUT_DJANGO:
        import django

        django.setup()
    command = cast("Command", importlib.import_module(module))
    parser = argparse.ArgumentParser(
        prog=f"hinomi {name}", description=line, parents=[_common_options()], allow_abbrev=False
    )
    command.add_arguments(parser)
    return command.run(parser.parse_args(remaining, namespace=known))


def _common_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options.add_argument(
        "--data", default=argparse.SUPPRESS, help="data folder (default: HINOMI_DATA or ./data)"
    )
    options.add_argument(
        "--format",
        choices=FORMATS,
        default=argparse.SUPPRESS,
        help="how to print: table (default), json, or jsonl: one object per line",
    )
    return options


def point_at(*, data: str | Path | None, create: bool) -> None:
    """Choose the data folder for this process and those it starts; make it and its keys."""
    config = load_config(data=data)
    if create:
        require_safe_sqlite()
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers' records
        if config.database and not server_of(config.data):
            choose_server(config.data, config.database)
        for key in KEYS:
            make(config.data, name=key)
    # Our settings module takes no arguments; the environment is how the folder reaches it.
    os.environ["HINOMI_DATA"] = str(config.data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "hinomi.portal.settings"


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items())
    return f"usage: hinomi-portal COMMAND [--help]\n\n{lines}"


if __name__ == "__main__":
    sys.exit(main())
