"""What `hinomi scan` does once its arguments are read: rules, reading, and the four outputs."""

from __future__ import annotations

import gc
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hinomi import __version__
from hinomi.config import load_config
from hinomi.core.errors import HinomiError, Place, UsageError
from hinomi.core.words import Level
from hinomi.normalise import total_bytes
from hinomi.pipeline.report.page import Setting, build_page
from hinomi.pipeline.report.tally import Tally
from hinomi.pipeline.report.visible import visible
from hinomi.pipeline.rules import default_rule_paths
from hinomi.pipeline.scan import Scan, check_paths, prepare_rules, scan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from hinomi.pipeline.report.words import Language
    from hinomi.pipeline.scan import Rules


def run_scan(arguments: argparse.Namespace, *, jobs: int) -> int:
    """The exit code of the whole command."""
    zone = _zone(arguments.timezone)
    if arguments.format == "pdf" and arguments.output is None and sys.stdout.isatty():
        raise UsageError("A PDF does not go to a terminal.", advice="Add --output FILE.")
    check_paths(arguments.paths)
    config = load_config(data=arguments.data)
    paths = [Path(path) for path in arguments.rules] or default_rule_paths(config)
    rules = prepare_rules(paths, min_level=Level(arguments.min_level), cache=config.cache)
    setting = Setting(
        language=cast("Language", arguments.lang),
        zone=zone,
        made=config.clock.now(),
        rules_used=len(rules.matcher.rules),
        rules_refused=len(rules.loaded.refused),
        rules_without_source=len(rules.matcher.without_source),
        titles_ja=rules.titles_ja,
        version=__version__,
    )
    tally = Tally()
    gc.freeze()  # rules stay to the end; the collector need not look through them again and again
    _WRITERS[arguments.format](arguments, rules, setting, tally, jobs)
    return 1 if tally.hits or tally.has_problem else 0


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{name!r} is no time zone.", advice="e.g. Asia/Tokyo or UTC") from error


def _write_jsonl(
    arguments: argparse.Namespace, rules: Rules, setting: Setting, tally: Tally, jobs: int
) -> None:
    from hinomi.pipeline.report.jsonl import hit_line

    with _progress(arguments) as on_bytes, _text_output(arguments.output) as write:
        for hit in scan(_request(arguments, setting, on_bytes, jobs), rules, tally):
            write(hit_line(hit) + "\n")
    for note in tally.files.values():
        if note.problem:
            print(f"hinomi scan: {visible(note.path)}: {visible(note.problem)}", file=sys.stderr)
    if setting.rules_refused:
        advice = "See `hinomi rules check`."
        print(f"hinomi scan: {setting.rules_refused} rules refused. {advice}", file=sys.stderr)


def _write_table(
    arguments: argparse.Namespace, rules: Rules, setting: Setting, tally: Tally, jobs: int
) -> None:
    from rich.console import Console

    from hinomi.pipeline.report.terminal import render_terminal

    _read_all(arguments, rules, setting, tally, jobs)
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    with _text_output(arguments.output) as write:
        console = Console(width=width, no_color=arguments.output is not None or None)
        with console.capture() as captured:
            console.print(
                render_terminal(tally, setting, paths=arguments.paths, width=width),
                markup=False,
                highlight=False,
            )
        lines = captured.get().splitlines()
        write("\n".join(line.rstrip() for line in lines) + "\n")


def _write_html(
    arguments: argparse.Namespace, rules: Rules, setting: Setting, tally: Tally, jobs: int
) -> None:
    from hinomi.pipeline.report.html import render_html

    _read_all(arguments, rules, setting, tally, jobs)
    with _text_output(arguments.output) as write:
        write(render_html(build_page(tally, setting)))


def _write_pdf(
    arguments: argparse.Namespace, rules: Rules, setting: Setting, tally: Tally, jobs: int
) -> None:
    from hinomi.pipeline.report.pdf import render_pdf

    _read_all(arguments, rules, setting, tally, jobs)
    content = render_pdf(build_page(tally, setting))
    if arguments.output is None:
        sys.stdout.buffer.write(content)
        return
    with _part_of(arguments.output) as stream:
        stream.write(content)


_WRITERS: dict[str, Callable[[argparse.Namespace, Rules, Setting, Tally, int], None]] = {
    "table": _write_table,
    "jsonl": _write_jsonl,
    "html": _write_html,
    "pdf": _write_pdf,
}


def _read_all(
    arguments: argparse.Namespace, rules: Rules, setting: Setting, tally: Tally, jobs: int
) -> None:
    with _progress(arguments) as on_bytes:
        for _hit in scan(_request(arguments, setting, on_bytes, jobs), rules, tally):
            pass  # the tally keeps what a report shows


def _request(
    arguments: argparse.Namespace, setting: Setting, on_bytes: Callable[[int], None], jobs: int
) -> Scan:
    return Scan(
        paths=tuple(arguments.paths),
        timezone=arguments.timezone,
        receive_time=setting.made,
        on_bytes=on_bytes,
        jobs=jobs,
    )


@contextmanager
def _text_output(path: Path | None) -> Iterator[Callable[[str], object]]:
    """UTF-8 whatever the locale: to stdout, or to a file that appears whole or not at all."""
    if path is None:
        yield lambda text: sys.stdout.buffer.write(_encoded(text))
        sys.stdout.buffer.flush()
        return
    with _part_of(path) as stream:
        yield lambda text: stream.write(_encoded(text))


@contextmanager
def _part_of(path: Path) -> Iterator[BinaryIO]:
    """A neighbour of `path` that takes its name when all went well."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise HinomiError(
            f"The report could not be written: {error.strerror}",
            place=Place(str(path)),
            advice="Choose another --output.",
        ) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


@contextmanager
def _progress(arguments: argparse.Namespace) -> Iterator[Callable[[int], None]]:
    """A bar on stderr when that is a terminal; nothing at all when it is not."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    total = sum(total_bytes(Path(path)) for path in arguments.paths)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(
            "記録を調べています" if arguments.lang == "ja" else "reading", total=total
        )
        yield lambda count: progress.advance(task, count)
