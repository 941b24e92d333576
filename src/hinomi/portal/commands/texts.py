"""`hinomi texts list`: every customer text with hard slot values; `texts check FILE|-`: exit 1 on
a fault. Needs no stores."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, UnreadableFile
from hinomi.portal.commands.output import print_rows
from hinomi.respond.check import document_check
from hinomi.respond.listing import texts_list

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list` and `check FILE|-`."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every text, slot values between << and >>")
    check = actions.add_parser("check", help="check a text by the same rules")
    check.add_argument("file", help="a file, or - for standard input")


def run(arguments: argparse.Namespace) -> int:
    """Exit 1 when the checked text has a fault."""
    if arguments.action == "list":
        listed = ({"id": each.id, "text": each.text} for each in texts_list())
        print_rows(listed, form=arguments.format)
        return 0
    faults = document_check(_read(arguments.file))
    rows = [{"rule": each.rule, "found": each.found, "advice": each.advice} for each in faults]
    print_rows(rows, form=arguments.format)
    return 1 if faults else 0


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    try:
        return Path(name).read_text("utf-8", errors="replace")
    except OSError as error:
        raise UnreadableFile("This file cannot be read.", place=Place(name)) from error
