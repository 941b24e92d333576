"""`hinomi COMMAND …`: finds the command's module in the table and imports only that one.

Exit codes: 0 ok, 1 trouble found, 2 usage. Data goes to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING, Protocol, cast

from hinomi import __version__
from hinomi.core.errors import HinomiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Command(Protocol):
    """What a module in `hinomi.cli` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the returned number is the exit code."""


# name → (module, one line for --help). Provisioning commands share one module: they are handed to
# `hinomi-portal` as a process, because only the portal knows Django.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "a make-believe town under attack: the whole walk in two minutes"),
    "up": ("up", "start the tower: collect, worker, web, bell, auditor"),
    "scan": ("scan", "look for attacks in EVTX, NDJSON and log files"),
    "agent": ("agent", "watch this machine for its company; a kit for Windows"),
    "watch": ("watch", "send what is written into a folder to the tower, each record once"),
    "relay": ("relay", "at a customer's place: keep what the network says, bring it to the tower"),
    "hunt": ("hunt", "look for rules and indicators back in time, in the lake"),
    "normalise": ("normalise", "records in, one JSON object per record out"),
    "format": ("format", "learn a format from its lines; test, import, export; nameless samples"),
    "rules": ("rules", "check, import, list and test Sigma rules; what they can see"),
    "intel": ("intel", "what is known to be bad: import, pull, search, allow"),
    "doctor": ("doctor", "say what was chosen, from where, and whether it answers"),
    "bench": ("bench", "run a benchmark of benchmarks/"),
    "backup": ("backup", "take, check and list backups, while the tower runs"),
    "restore": ("restore", "make a data folder from a backup"),
    "lake": ("lake", "list the files of the event lake, read again what was set aside"),
    "firm": ("provision", "add a firm (provider, partner)"),
    "organisation": ("provision", "add, list or import customer companies"),
    "engagement": ("provision", "start or end a firm's engagement with a company"),
    "mailbox": ("provision", "connect a mailbox, and say whose mails are whose"),
    "source": ("provision", "add, list or revoke sources, replace their keys"),
    "device": ("provision", "give a machine the nickname its owner uses"),
    "user": ("provision", "add a person, or a one-time sign-in link"),
    "incidents": ("provision", "list a company's incidents"),
    "events": ("provision", "list a company's events"),
    "outbox": ("provision", "list a company's notices"),
    "trail": ("provision", "the audit trail: is it whole? list and export it"),
    "texts": ("provision", "list or check customer texts"),
    "batch": ("provision", "many of these in one process, from standard input"),
    "migrate": ("provision", "bring the stores to this version's schema"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never shows a traceback for an expected failure."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    try:
        if not name or name.startswith("-"):
            return _without_command(arguments)
        if name not in COMMANDS:
            print(f"hinomi: no command {name!r}. See `hinomi --help`.", file=sys.stderr)
            return 2
        return _run(name, arguments[1:])
    except UsageError as error:
        print(f"hinomi {name}: {error}", file=sys.stderr)
        return 2
    except HinomiError as error:
        print(f"hinomi {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; closing quietly is the right answer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(name: str, rest: list[str]) -> int:
    module = importlib.import_module(f"hinomi.cli.{COMMANDS[name][0]}")
    command = cast("Command", module)
    parser = argparse.ArgumentParser(prog=f"hinomi {name}", description=COMMANDS[name][1])
    command.add_arguments(parser)
    arguments = parser.parse_args(rest)
    arguments.command = name
    return command.run(arguments)


def _without_command(arguments: list[str]) -> int:
    if arguments and arguments[0] == "--version":
        print(f"hinomi {__version__}")
        return 0
    width = max(map(len, COMMANDS))
    print("hinomi: the fire-watch tower\n\nusage: hinomi COMMAND [--help]\n")
    print("\n".join(f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()))
    return 0 if arguments and arguments[0] in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main())
