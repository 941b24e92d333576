"""`hinomi normalise`: records in, exactly one JSON object per record out, in input order."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import orjson

from hinomi.config import load_config
from hinomi.core.errors import Place, UsageError
from hinomi.core.records import Event
from hinomi.normalise import (
    FORMATS,
    KINDS,
    FileProblem,
    FileRecord,
    ViewName,
    read_lines,
    read_path,
    view,
    view_set_aside,
)
from hinomi.normalise.moment import is_zone

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from hinomi.normalise.archives import LineSource

_VIEWS = ("native", "ecs", "ocsf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `hinomi normalise`."""
    parser.add_argument("path", metavar="PATH", help="file or folder; - for standard input")
    parser.add_argument("--as", dest="as_", choices=_VIEWS, default="native", help="names to use")
    parser.add_argument(
        "--format", dest="kind", default="auto", metavar="NAME", help="auto, " + ", ".join(FORMATS)
    )
    parser.add_argument(
        "--timezone", default="Asia/Tokyo", metavar="TZ", help="zone of times that state none"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 1 when a file, or the rest of one, could not be read; set-aside records are data."""
    if arguments.kind not in FORMATS and arguments.kind not in KINDS:
        advice = "One of: auto, " + ", ".join(FORMATS)
        raise UsageError(f"No format is called {arguments.kind!r}.", advice=advice)
    if not is_zone(arguments.timezone):
        advice = "Use an IANA name, e.g. Asia/Tokyo."
        raise UsageError(f"No time zone is called {arguments.timezone!r}.", advice=advice)
    problems = 0
    for item in _items(arguments):
        if isinstance(item, FileProblem):
            problems += 1
            print(f"hinomi normalise: {item.path}: {item.detail}", file=sys.stderr)
        else:
            _write(item, arguments.as_)
    sys.stdout.buffer.flush()
    return 1 if problems else 0


def _items(arguments: argparse.Namespace) -> Iterator[FileRecord | FileProblem]:
    now = load_config().clock.now()
    if arguments.path != "-" and not Path(arguments.path).exists():
        place = Place(arguments.path)
        raise UsageError("There is no such file or folder.", place=place, advice="Check the path.")
    if arguments.path == "-":
        stream = cast("LineSource", sys.stdin.buffer)  # it is buffered, which its type does not say
        return read_lines(
            stream, timezone=arguments.timezone, receive_time=now, kind=arguments.kind
        )
    return read_path(
        arguments.path, timezone=arguments.timezone, receive_time=now, kind=arguments.kind
    )


def _write(item: FileRecord, as_: ViewName) -> None:
    result = item.result
    shown = view(result, as_) if isinstance(result, Event) else view_set_aside(result)
    sys.stdout.buffer.write(to_json(shown))


def to_json(shown: dict[str, object]) -> bytes:
    """One line. Text that no encoding holds (lone surrogates from JSON) is replaced, not fatal."""
    try:
        return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        safe = {key: _valid(value) for key, value in shown.items()}
        return orjson.dumps(safe, default=str, option=orjson.OPT_APPEND_NEWLINE)


def _valid(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(_valid(key)): _valid(item) for key, item in value.items()}
    return [_valid(item) for item in value] if isinstance(value, list) else value
