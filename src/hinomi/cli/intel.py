"""`hinomi intel …`: what is known to be bad: import, pull, search, hold, allow.

Exit 0 ok; 1 something was held or could not be fetched; 2 usage.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from hinomi.cli import intel_output as output
from hinomi.cli.dates import last_day
from hinomi.cli.rows import FORMATS, write_rows
from hinomi.config import load_config
from hinomi.core.errors import HinomiError, UsageError
from hinomi.core.indicators import Tlp
from hinomi.detect.intel import FORMATS as FEED_FORMATS
from hinomi.detect.intel import Doubt, Kind, NotAnIndicator, guess
from hinomi.pipeline.intel.imports import Request
from hinomi.pipeline.intel.late import look_back
from hinomi.pipeline.intel.publish import changing, publish
from hinomi.pipeline.intel.sources import PULLED, again, check_one, import_one
from hinomi.pipeline.intel.start import start_look_back
from hinomi.store.intel import Allowance, open_intel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hinomi.config import Config

    _Add = Callable[[argparse.ArgumentParser], None]
    _Do = Callable[[argparse.Namespace, Config], int]

WHO = "command"  # in the record of who changed what; the portal writes a person's address
_NICE = 10  # a look back never hurries past the worker
_TLPS = [tlp.value for tlp in Tlp]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One subcommand each; what they share comes last."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="|".join(_PARTS))
    for name, (add, do, says) in _PARTS.items():
        part = parts.add_parser(name, help=says, description=says)
        add(part)
        part.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
        # A feed has a format too; where one is read, --format means that one, as in `normalise`.
        reads_feed = add in (_add_feed, _add_import)
        part.add_argument(
            "--output-format" if reads_feed else "--format",
            dest="output_format",
            choices=FORMATS,
            default="table",
        )
        part.set_defaults(do=do)


def run(arguments: argparse.Namespace) -> int:
    """The chosen subcommand."""
    do: Callable[[argparse.Namespace, Config], int] = arguments.do
    return do(arguments, load_config(data=arguments.data))


def _add_feed(part: argparse.ArgumentParser) -> None:
    part.add_argument("path", metavar="PATH|URL", help="a file, or an https address")
    part.add_argument("--source", default="", metavar="NAME", help="who says so")
    part.add_argument("--tlp", choices=_TLPS, help="where the feed says nothing (default amber)")
    part.add_argument(
        "--confidence", type=int, metavar="0-100", help="where the feed says nothing (default 50)"
    )
    part.add_argument(
        "--format", dest="feed_format", choices=FEED_FORMATS, default="auto", help="of the feed"
    )


def _add_import(part: argparse.ArgumentParser) -> None:
    _add_feed(part)
    part.add_argument(
        "--replace", action="store_true", help="the feed is whole: what it no longer says goes"
    )


def _add_pull(part: argparse.ArgumentParser) -> None:
    part.add_argument("url", nargs="?", default="", help="a TAXII 2.1 server, the first time")
    part.add_argument("--source", default="", metavar="NAME", help="only this one (default: all)")
    part.add_argument("--collection", default="", metavar="ID", help="when there are several")
    part.add_argument("--user", default="", help="with a password; without, the secret is a token")
    part.add_argument("--secret-file", default="", metavar="PATH", help="password or token")
    part.add_argument("--tlp", choices=_TLPS, help="where the server says nothing")
    part.add_argument(
        "--confidence", type=int, metavar="0-100", help="where the server says nothing"
    )


def _add_search(part: argparse.ArgumentParser) -> None:
    part.add_argument("text", help="part of a value, name, label or source")
    part.add_argument("--limit", type=int, default=100, metavar="N")


def _add_value(part: argparse.ArgumentParser) -> None:
    part.add_argument("value", help="address, network, name, URL, hash or mail address")


def _add_remove(part: argparse.ArgumentParser) -> None:
    part.add_argument("value", nargs="?", default="", help="whoever says it")
    part.add_argument("--source", default="", metavar="NAME", help="all that a source says")


def _add_allow(part: argparse.ArgumentParser) -> None:
    part.add_argument("value", nargs="?", default="", help="a held value")
    part.add_argument("--source", default="", metavar="NAME", help="all held as too much at once")
    part.add_argument("--reason", required=True, metavar="TEXT", help="why it is bad all the same")
    part.add_argument("--until", metavar="DATE", help="last day, e.g. 2027-03-31; at most a year")


def _add_nothing(part: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _import(arguments: argparse.Namespace, config: Config) -> int:
    request = _request(arguments)
    if not request.source:
        raise UsageError("Whose indicators are these?", advice="Give --source NAME.")
    done = import_one(request, data=config.data, now=config.clock.now())
    write_rows([output.import_row(request.source, done)], arguments.output_format)
    output.tell_notes(done.checked)
    _start_look_back(config)
    return 1 if done.done.held else 0


def _check(arguments: argparse.Namespace, config: Config) -> int:
    checked = check_one(_request(arguments), data=config.data)
    rows = [output.entry_row(entry) for entry in checked.entries if entry.doubt]
    if arguments.output_format != "table":
        rows = [output.entry_row(entry) for entry in checked.entries]
    write_rows(rows, arguments.output_format)
    output.tell_notes(checked)
    return 1 if checked.doubts else 0


def _request(arguments: argparse.Namespace) -> Request:
    confidence = arguments.confidence
    if confidence is not None and not 0 <= confidence <= 100:
        raise UsageError("--confidence is a number from 0 to 100.")
    is_url = "://" in arguments.path
    is_whole = getattr(arguments, "replace", False)
    settings = {"format": arguments.feed_format, "whole": "yes" if is_whole else "no"}
    return Request(
        source=arguments.source,
        who=WHO,
        kind="url" if is_url else "file",
        address=arguments.path,
        form=arguments.feed_format,
        tlp=Tlp(arguments.tlp) if arguments.tlp else None,
        confidence=confidence,
        is_whole=is_whole,
        settings=settings,
    )


def _pull(arguments: argparse.Namespace, config: Config) -> int:
    """A source that fails never hides the next."""
    requests = [_taxii(arguments)] if arguments.url else _registered(arguments.source, config)
    if not requests:
        raise UsageError(
            "No source can be pulled.", advice="hinomi intel pull URL --source NAME, the first time"
        )
    rows, trouble = [], False
    for request in requests:
        try:
            done = import_one(request, data=config.data, now=config.clock.now())
        except HinomiError as error:
            print(f"hinomi intel: {request.source}: {error}", file=sys.stderr)
            trouble = True
            continue
        rows.append(output.import_row(request.source, done))
        output.tell_notes(done.checked)
        trouble = trouble or bool(done.done.held)
    write_rows(rows, arguments.output_format)
    _start_look_back(config)
    return 1 if trouble else 0


def _taxii(arguments: argparse.Namespace) -> Request:
    if not arguments.source:
        raise UsageError("Under which name?", advice="Give --source NAME.")
    named = ("collection", "user", "secret_file")
    return Request(
        source=arguments.source,
        who=WHO,
        kind="taxii",
        address=arguments.url,
        tlp=Tlp(arguments.tlp) if arguments.tlp else None,
        confidence=arguments.confidence,
        settings={name: getattr(arguments, name) for name in named if getattr(arguments, name)},
    )


def _registered(name: str, config: Config) -> list[Request]:
    with open_intel(config.data) as store:
        sources = [each for each in store.sources() if each.kind in PULLED]
    return [again(each, who=WHO) for each in sources if name in ("", each.name)]


def _list(arguments: argparse.Namespace, config: Config) -> int:
    with open_intel(config.data) as store:
        sources, state = store.sources(), store.state()
    write_rows([output.source_row(each) for each in sources], arguments.output_format)
    print(f"hinomi intel: {output.state_line(state)}", file=sys.stderr)
    return 0


def _search(arguments: argparse.Namespace, config: Config) -> int:
    with open_intel(config.data) as store:
        entries = store.entries(
            now=config.clock.now(), text=arguments.text, limit=max(1, arguments.limit)
        )
    write_rows([output.entry_row(each) for each in entries], arguments.output_format)
    return 0


def _show(arguments: argparse.Namespace, config: Config) -> int:
    """Everything known of one value; exit 1 when nothing is."""
    value = _guessed(arguments.value)[1]
    with open_intel(config.data) as store:
        entries = store.entries(now=config.clock.now(), value=value)
    write_rows([output.entry_row(each, whole=True) for each in entries], arguments.output_format)
    return 0 if entries else 1


def _held(arguments: argparse.Namespace, config: Config) -> int:
    with open_intel(config.data) as store:
        entries = store.entries(now=config.clock.now(), held_only=True, limit=10_000)
    write_rows([output.entry_row(each) for each in entries], arguments.output_format)
    return 0


def _remove(arguments: argparse.Namespace, config: Config) -> int:
    if bool(arguments.value) == bool(arguments.source):
        raise UsageError("Give a value, or --source NAME.")
    with changing(config.data) as store:
        if arguments.source:
            gone = store.remove_source(arguments.source)
        else:
            gone = sum(store.remove_value(*key) for key in _keys(arguments.value))
        publish(store, data=config.data, now=config.clock.now())
    write_rows([{"removed": gone}], arguments.output_format)
    return 0 if gone else 1


def _allow(arguments: argparse.Namespace, config: Config) -> int:
    if bool(arguments.value) == bool(arguments.source):
        raise UsageError("Give a value, or --source NAME.")
    now = config.clock.now()
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("An allowance needs its reason.", advice='--reason "why"')
    with changing(config.data) as store:
        if arguments.source:
            codes = (Doubt.TOO_MANY.value, Doubt.TOO_LARGE_A_CHANGE.value)
            done = store.release(arguments.source, reason=reason, who=WHO, now=now, codes=codes)
        else:
            until = last_day(arguments.until, now=now)
            allowances = [
                Allowance(*key, reason=reason, who=WHO, until=until)
                for key in _keys(arguments.value)
            ]
            done = sum(store.allow(each, now=now) for each in allowances)
        publish(store, data=config.data, now=now)
    if not done:
        raise HinomiError("No such value is held.", advice="See `hinomi intel held`.")
    write_rows([{"allowed": done}], arguments.output_format)
    _start_look_back(config)
    return 0


def _compile(arguments: argparse.Namespace, config: Config) -> int:
    now = config.clock.now()
    with changing(config.data) as store:
        made = publish(store, data=config.data, now=now)
    write_rows([{"indicators": made.count, "file": made.file}], arguments.output_format)
    return 0


def _look_back(arguments: argparse.Namespace, config: Config) -> int:
    """Exit 1 when something was found: it is on its way to the console."""
    os.nice(_NICE)
    hunts = look_back(config)
    rows = [{"hunt": each.id, "findings": each.progress.findings} for each in hunts]
    write_rows(rows, arguments.output_format)
    return 1 if any(each.progress.findings for each in hunts) else 0


def _start_look_back(config: Config) -> None:
    if start_look_back(config.data):
        print(
            "hinomi intel: looking back through the lake for what is new (`hinomi hunt list`)",
            file=sys.stderr,
        )


def _guessed(text: str) -> tuple[Kind, str]:
    try:
        return guess(text)
    except NotAnIndicator as error:
        raise UsageError(f"That is {error.message}.") from error


def _keys(text: str) -> list[tuple[Kind, str]]:
    """A name may be held as a domain or as this host alone; a single word as a suffix."""
    try:
        kind, value = guess(text)
    except NotAnIndicator:
        kind, value = Kind.DOMAIN, text.strip().lower()
    if kind is Kind.DOMAIN:
        return [(Kind.DOMAIN, value), (Kind.HOST, value)]
    return [(kind, value)]


_PARTS: dict[str, tuple[_Add, _Do, str]] = {
    "import": (_add_import, _import, "read a feed: STIX 2.1, MISP, CSV or a list"),
    "check": (_add_feed, _check, "the same without keeping anything"),
    "pull": (_add_pull, _pull, "ask TAXII servers and web addresses for what is new"),
    "list": (_add_nothing, _list, "list the sources"),
    "search": (_add_search, _search, "find indicators by a part of them"),
    "show": (_add_value, _show, "all that is known of one value"),
    "held": (_add_nothing, _held, "list what is held, and why"),
    "allow": (_add_allow, _allow, "use a held value all the same"),
    "remove": (_add_remove, _remove, "remove a value, or a source with all it says"),
    "look-back": (_add_nothing, _look_back, "search the lake for what is new (imports start it)"),
    "compile": (_add_nothing, _compile, "make the file in use again"),
}
