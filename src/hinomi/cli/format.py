"""`hinomi format …`: learn a format from lines, test and use its file, make samples nameless.

What touches a data folder (list, import, export, use, retire) is handed to `hinomi-portal`.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, UnreadableFile, UsageError

if TYPE_CHECKING:
    from hinomi.normalise.learned import Definition

# action → (what it does, what follows it)
_PORTAL = {
    "list": ("the formats that were taught here", "[--firm ID]"),
    "import": ("take a format's file in and use it", "FILE [--firm ID] [--confirm]"),
    "export": ("write a format in use as a file, to stdout", "ID"),
    "use": ("read a source with a format from now on", "ID --source ID"),
    "retire": ("take a format out of use", "ID"),
}
_ALSO = "[--data DIR] [--format table|json|jsonl]"
_VIEWS = ("native", "ecs", "ocsf")
_MOST_TESTS = 60
_LONGEST_INPUT = 64 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True)
    learn = actions.add_parser("learn", help="propose a format for these lines, as a file")
    learn.add_argument("path", metavar="LINES", help="file with sample lines; - for standard input")
    learn.add_argument("--name", default="", help="its name (default: the file's)")
    learn.add_argument(
        "--confirm",
        action="store_true",
        help="the proposed meaning of the device's words (blocked, allowed …) is right",
    )
    test = actions.add_parser("test", help="prove a format's file on its own tests and on lines")
    test.add_argument("path", metavar="FILE", help="the format's file")
    test.add_argument("lines", metavar="LINES", nargs="?", help="more lines; - for standard input")
    test.add_argument("--format", choices=("table", "json"), default="table")
    read = actions.add_parser("read", help="read lines with a format's file: one JSON a line")
    read.add_argument("path", metavar="FILE", help="the format's file")
    read.add_argument("lines", metavar="LINES", help="file with lines; - for standard input")
    read.add_argument("--as", dest="as_", choices=_VIEWS, default="native", help="names to use")
    anonymise = actions.add_parser("anonymise", help="replace what names somebody in a sample")
    anonymise.add_argument("path", metavar="FILE", help="lines, CSV, JSON or a mail; - for stdin")
    anonymise.add_argument("--word", action="append", default=[], help="replace this word as well")
    anonymise.add_argument("--shift-days", type=int, default=0, metavar="N", help="move all dates")
    anonymise.add_argument(
        "--key-file", metavar="PATH", help="the same key gives the same stand-ins in every run"
    )
    for name, (told, options) in _PORTAL.items():
        handed = actions.add_parser(name, help=told, prefix_chars="\0", add_help=False)
        handed.add_argument(
            "rest", nargs=argparse.REMAINDER, metavar="…", help=f"{options} {_ALSO}"
        )


def run(arguments: argparse.Namespace) -> int:
    """0 ok, 1 when a test fails or nothing can be learned."""
    if arguments.action in _PORTAL:
        portal = [sys.executable, "-m", "hinomi.portal.manage", "format", arguments.action]
        return subprocess.call([*portal, *arguments.rest])
    return {"learn": _learn, "test": _test, "read": _read, "anonymise": _anonymise}[
        arguments.action
    ](arguments)


def _learn(arguments: argparse.Namespace) -> int:
    import msgspec

    from hinomi.core.errors import NotThisFormat
    from hinomi.core.records import Event
    from hinomi.normalise.anonymise import anonymise_lines
    from hinomi.normalise.learn import is_heading, propose
    from hinomi.normalise.learned import coverage, examples_of, write_definition

    lines = _lines(arguments.path)
    name = arguments.name or (Path(arguments.path).stem if arguments.path != "-" else "learned")
    try:
        found = propose(lines, name=name)
    except NotThisFormat as error:
        raise UnreadableFile(error.message, place=Place(arguments.path)) from error
    found = msgspec.structs.replace(found, is_confirmed=arguments.confirm)
    lines = [line for line in lines if not is_heading(found, line)]
    events, percent = coverage(found, lines)
    read = [line for line, event in zip(lines, events, strict=True) if isinstance(event, Event)]
    sample = anonymise_lines(read[:_MOST_TESTS], key=secrets.token_bytes(32))
    found = msgspec.structs.replace(found, tests=examples_of(found, sample))
    sys.stdout.write(write_definition(found))
    print(f"{len(read)} of {len(lines)} lines are read ({percent} %).", file=sys.stderr)
    if not arguments.confirm:
        print("No word of it counts as stopped before --confirm.", file=sys.stderr)
    return 0


def _test(arguments: argparse.Namespace) -> int:
    from hinomi.core.records import Event
    from hinomi.normalise.learned import coverage, prove
    from hinomi.pipeline.report.visible import json_line, visible

    found = _definition(arguments.path)
    faults = prove(found)
    lines = _lines(arguments.lines) if arguments.lines else []
    events, percent = coverage(found, lines)
    unread = [number for number, event in enumerate(events, 1) if not isinstance(event, Event)]
    if arguments.format == "json":
        told = [
            {"test": each.test, "field": each.name, "wanted": each.wanted, "got": each.got}
            for each in faults
        ]
        print(
            json_line(
                {
                    "tests": len(found.tests),
                    "faults": told,
                    "lines": len(lines),
                    "read": len(lines) - len(unread),
                    "unread": unread,
                }
            )
        )
        return 1 if faults else 0
    for each in faults:
        what = f"{each.name}: wanted {each.wanted!r}, got {each.got!r}" if each.name else each.got
        print(visible(f"test {each.test}: {what}"))
    print(f"{len(found.tests)} tests, {len(faults)} faults.")
    if lines:
        print(f"{len(lines) - len(unread)} of {len(lines)} lines are read ({percent} %).")
        for number in unread[:20]:
            print(visible(f"not read, line {number}: {lines[number - 1][:200]}"))
    return 1 if faults else 0


def _read(arguments: argparse.Namespace) -> int:
    from hinomi.cli.normalise import to_json
    from hinomi.config import load_config
    from hinomi.core.records import Event
    from hinomi.normalise import view, view_set_aside
    from hinomi.normalise.learned import build, read_sample

    form = build(_definition(arguments.path), id=Path(arguments.path).stem)
    now = load_config().clock.now()
    for line in _lines(arguments.lines):
        found = read_sample(form, line, receive=now)
        shown = view(found, arguments.as_) if isinstance(found, Event) else view_set_aside(found)
        sys.stdout.buffer.write(to_json(shown))
    sys.stdout.buffer.flush()
    return 0


def _anonymise(arguments: argparse.Namespace) -> int:
    from hinomi.normalise.anonymise import anonymise

    key = _bytes(arguments.key_file) if arguments.key_file else secrets.token_bytes(32)
    if not key.strip():
        raise UsageError("The key file is empty.", place=Place(arguments.key_file),
                         advice="Put any secret line into it.")  # fmt: skip
    if abs(arguments.shift_days) > 36_500:
        raise UsageError("--shift-days is more than a hundred years.", advice="e.g. -30")
    made = anonymise(
        _bytes(arguments.path), key=key, words=arguments.word, shift_days=arguments.shift_days
    )
    sys.stdout.buffer.write(made.text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(made.counts.items()))
    print(f"replaced: {told or 'nothing'}", file=sys.stderr)
    return 0


def _definition(path: str) -> Definition:
    from hinomi.normalise.learned import read_definition

    return read_definition(_bytes(path), path=path)


def _lines(path: str) -> list[str]:
    from hinomi.normalise.decode import decode

    text = decode(_bytes(path))[0].replace("\r\n", "\n")
    return [line for line in text.split("\n") if line.strip()]


def _bytes(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(_LONGEST_INPUT)
    try:
        with Path(path).open("rb") as file:
            return file.read(_LONGEST_INPUT)
    except OSError as error:
        raise UsageError(
            f"The file cannot be read: {error.strerror}.",
            place=Place(path),
            advice="Check the path.",
        ) from error
