"""`hinomi batch`: many commands in one process, one per line of standard input.

A line is what one would type after `hinomi`, as a JSON list of words; where the command reads
standard input, an object with `words` and `input`. Each is answered by one line at once, so that
a program may wait for an answer before it says the next: `{"exit": 0, "answer": …}`, or
`{"exit": 1, "error": "…"}` with the exit code and the words the command would have ended with.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import msgspec
from django.db import connections

from hinomi.portal import manage
from hinomi.portal.access.time import configuration
from hinomi.portal.commands.output import print_one

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

# Those that stay, and this one.
LEFT_OUT = frozenset({"batch", "web", "bell", "auditor", "django"})


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One command."""

    words: list[str]
    input: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only what to do after a failure."""
    parser.add_argument(
        "--go-on", action="store_true", help="do the rest too when a command fails; exit 1 then"
    )


def run(arguments: argparse.Namespace) -> int:
    """Until standard input ends; without --go-on until a command fails, with its exit code."""
    worst = 0
    for text in sys.stdin.buffer:
        if not text.strip():
            continue
        code, told = perform(text)
        print_one({"exit": code, **told}, form="json")
        sys.stdout.flush()
        if code and not arguments.go_on:
            return code
        worst = max(worst, min(code, 1))
    return worst


def perform(text: bytes) -> tuple[int, dict[str, object]]:
    """Do one line; its exit code, and what is answered beside it."""
    try:
        read: Line | list[str] = msgspec.json.decode(text, type=Line | list[str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        read = []
    line = read if isinstance(read, Line) else Line(read)
    if not line.words:
        return 2, {"error": 'A line is a JSON list of words: ["firm", "add", "名前"].'}
    if line.words[0] in LEFT_OUT:
        return 2, {"error": f"hinomi {line.words[0]} cannot be part of a batch."}
    said, complaint = io.StringIO(), io.StringIO()
    with _typed(line.input), redirect_stdout(said), redirect_stderr(complaint):
        code = _main([*line.words, "--data", str(configuration().data), "--format", "json"])
    connections.close_all()  # as the end of a process would: a store may be restored meanwhile
    answer = {"answer": _decoded(said.getvalue())} if said.getvalue() else {}
    return code, {**answer, "error": complaint.getvalue().strip()} if code else answer


def _main(words: list[str]) -> int:
    try:
        return manage.main(words)
    except SystemExit as end:  # a parser's: usage, or --help
        return end.code if isinstance(end.code, int) else 2


@contextmanager
def _typed(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()))
    try:
        yield
    finally:
        sys.stdin = before


def _decoded(said: str) -> object:
    try:
        return msgspec.json.decode(said)
    except msgspec.DecodeError:
        return said
