"""Hands provisioning commands to `hinomi-portal` as a process: only the portal knows Django."""

from __future__ import annotations

import argparse
import subprocess
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything, options and --help too, belongs to the portal's own parser."""
    parser.prefix_chars = "\0"  # no word begins with it, so nothing is taken for an option here
    parser.add_argument("rest", nargs=argparse.REMAINDER)


def run(arguments: argparse.Namespace) -> int:
    """Standard input, output and the exit code are the process's own."""
    portal = [sys.executable, "-m", "hinomi.portal.manage", arguments.command]
    return subprocess.call([*portal, *arguments.rest])
