"""`hinomi scan`: files → records → events → matches, streaming; the tally is all that stays.

No store and no network: what is found goes to the caller, one hit at a time.
"""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, Place, UsageError
from hinomi.core.records import Event
from hinomi.core.state import MemoryState
from hinomi.core.words import TimeNote
from hinomi.detect import RuleSet, Shelf, load_rules
from hinomi.detect.correlate import needed_for
from hinomi.normalise import (
    AuditJoiner,
    FileProblem,
    aliases_by_shape,
    behind,
    read_path,
    total_bytes,
)
from hinomi.pipeline.findings import Versions, make_finding
from hinomi.pipeline.report.tally import Hit
from hinomi.pipeline.scan_correlate import ScanCorrelator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from hinomi.core.words import Level
    from hinomi.detect import Loaded
    from hinomi.detect.correlate import Correlation
    from hinomi.normalise import FileRecord
    from hinomi.pipeline.report.tally import Tally

SMALL_BYTES = 8 << 20  # read before other processes have started
BATCH_RECORDS = 2_000  # matched together: ADR 0014, Batches
BATCH_BYTES = 8 << 20  # of raw records; a batch of large ones must not fill the memory


@dataclass(frozen=True, slots=True)
class Scan:
    """What to read and how. `timezone` applies where a record states none; `jobs` is how many
    processes read side by side."""

    paths: tuple[str, ...]
    timezone: str
    receive_time: datetime
    on_bytes: Callable[[int], None]
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a run, ready to match, and what was not usable.

    `shown` are the ids whose hits are wanted; other rules are there because a correlation needs
    them.
    """

    matcher: RuleSet
    loaded: Loaded
    correlations: tuple[Correlation, ...] = ()
    shown: frozenset[str] = frozenset()

    @property
    def titles_ja(self) -> dict[str, str]:
        """Rule id → Japanese name, for those of our own."""
        return {one.id: one.handling.title_ja for one in self.loaded.tellers}


def prepare_rules(paths: Sequence[Path], *, min_level: Level, cache: Path | None = None) -> Rules:
    """Rules below `min_level` that no correlation needs are left out before matching: cheaper than
    hiding their hits."""
    shelf = Shelf(cache) if cache else None
    loaded = load_rules(paths, shelf=shelf)
    if not loaded.rules:
        fault = loaded.refused[0] if loaded.refused else None
        raise HinomiError(
            "No rule could be loaded." if fault is None else f"No rule: {fault.reason}",
            place=fault.place if fault else None,
            advice="See `hinomi rules check PATH`.",
        )
    shown = frozenset(
        one.id
        for one in loaded.tellers
        if one.level.rank >= min_level.rank and one.id not in loaded.silent
    )
    needed = shown | needed_for(
        [one for one in loaded.correlations if one.id in shown], loaded.correlations
    )
    return Rules(
        matcher=RuleSet(
            [rule for rule in loaded.rules if rule.id in needed],
            aliases=aliases_by_shape(),
            shelf=shelf,
        ),
        loaded=loaded,
        correlations=tuple(one for one in loaded.correlations if one.id in needed),
        shown=shown,
    )


def check_paths(paths: Sequence[str]) -> None:
    """Say at once which path is not there, before minutes of reading."""
    for path in paths:
        if not Path(path).exists():
            raise UsageError(
                "There is no such file or folder.", place=Place(path), advice="Check the path."
            )


def scan(request: Scan, rules: Rules, tally: Tally) -> Iterator[Hit]:
    """Hits in the order of reading, the same whatever `jobs` is. `tally` counts everything, read
    and not read."""
    if request.jobs > 1 and hasattr(os, "fork") and _size(request) >= SMALL_BYTES:
        from hinomi.pipeline.scan_jobs import scan_in_processes  # only when it pays

        hits = scan_in_processes(request, rules, tally)
    else:
        hits = _scan_here(request, rules, tally)
    if rules.correlations:
        correlator = ScanCorrelator(
            rules.correlations, rules=rules.matcher.rules, shown=rules.shown
        )
        hits = correlator.pass_on(hits)
    with _calm_collector():
        for hit in hits:
            tally.add_hit(hit)
            yield hit


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Python's cycle collector would walk over all rules whenever some hundred records have come.

    Measured with SigmaHQ's Windows rules: 6-9 % of a scan's whole time. Records hold no cycles,
    so a look every 50,000 objects is enough, and processes started from here share the rules' pages
    for good. Not for the worker: it lives for months and changes its rules.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _size(request: Scan) -> int:
    return sum(total_bytes(Path(path)) for path in request.paths)


def _scan_here(request: Scan, rules: Rules, tally: Tally) -> Iterator[Hit]:
    items = (item for path in request.paths for item in _read(path, request))
    return take(items, rules, tally)


def _read(path: str, request: Scan) -> Iterator[FileRecord | FileProblem]:
    try:
        yield from read_path(
            path,
            timezone=request.timezone,
            receive_time=request.receive_time,
            progress=request.on_bytes,
        )
    except OSError as error:
        yield FileProblem(path, f"{error.strerror or error}")


def take(items: Iterable[FileRecord | FileProblem], rules: Rules, tally: Tally) -> Iterator[Hit]:
    """What the rules say of all that is read, in its order; `tally` counts it, but not the hits."""
    joiner = AuditJoiner(MemoryState())
    for read in _batches(items, tally):
        joined = joiner.join((item.path, event) for item, event in read)
        records = behind(read, ((place, (read[place][0], event)) for place, event in joined))
        events = [event for _, event in records]
        matched = rules.matcher.match_all(events)
        for (item, event), matches in compress(zip(records, matched, strict=True), matched):
            aliases = aliases_by_shape().get(event.shape, {})
            for match in matches:
                finding = make_finding(
                    match=match, event=event, versions=Versions(), aliases=aliases
                )
                yield Hit(item.path, item.number, match.rule, finding, event.shape)


def _batches(
    items: Iterable[FileRecord | FileProblem], tally: Tally
) -> Iterator[list[tuple[FileRecord, Event]]]:
    batch: list[tuple[FileRecord, Event]] = []
    size = 0
    for item in items:
        event = _counted(item, tally)
        if event is None or isinstance(item, FileProblem):
            continue
        batch.append((item, event))
        size += len(event.raw)
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _counted(item: FileRecord | FileProblem, tally: Tally) -> Event | None:
    """The event that was read, if it is one."""
    if isinstance(item, FileProblem):
        tally.add_problem(item.path, item.detail)
        return None
    event = item.result
    if not isinstance(event, Event):
        tally.add_set_aside(item.path, item.number, event)
        return None
    has_time = event.time_note not in (TimeNote.RECEIVED, TimeNote.FUTURE)
    tally.add_record(item.path, event.event_time if has_time else None)
    return event
