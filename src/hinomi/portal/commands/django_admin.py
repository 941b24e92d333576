"""Django's own commands, for developers: `hinomi-portal django makemigrations`."""

from __future__ import annotations

import argparse
import sys

from django.core.management import execute_from_command_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything after the folder goes to Django as it stands."""
    parser.add_argument("rest", nargs=argparse.REMAINDER)


def run(arguments: argparse.Namespace) -> int:
    """Hand over."""
    execute_from_command_line([sys.argv[0], *arguments.rest])
    return 0
