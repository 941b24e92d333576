"""What one fresh process measures, so that no cache of one run warms the next.

`python -m benchmarks.detect.once FILE FILE RULES CACHE` prints the figures as JSON. Rates are per
second of this process's CPU time: a busy machine must not look like a slow engine.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from hinomi.core.records import Event, RawRecord
from hinomi.detect import RuleSet, Shelf, load_rules
from hinomi.normalise import aliases_by_shape, read_record
from hinomi.pipeline.scan import BATCH_RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOW = datetime(2026, 12, 1, tzinfo=UTC)


def _figures(cold: Path, steady: Path, rules: str, cache: Path) -> dict[str, float]:
    shelf = Shelf(cache)
    began = time.perf_counter()
    loaded = load_rules([Path(path) for path in rules.split(":")], shelf=shelf)
    matcher = RuleSet(loaded.rules, aliases=aliases_by_shape(), shelf=shelf)
    figures = {"rules": float(len(loaded.rules)), "rules_ready_s": time.perf_counter() - began}
    first, second = cold.read_bytes().splitlines(), steady.read_bytes().splitlines()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, *gc.get_threshold()[1:])  # as `hinomi scan` does
    # The first batch brings each kind once: its time is told apart.
    figures["compile_and_first_batch_s"] = _pass(matcher, first[:BATCH_RECORDS]).matching_s
    run = _pass(matcher, first[BATCH_RECORDS:])
    figures["cold_events_per_s"] = run.events / run.matching_s
    figures["events_that_hit_percent"] = 100 * run.hits / run.events
    run = _pass(matcher, second)
    figures["steady_events_per_s"] = run.events / run.matching_s
    figures["reading_events_per_s"] = run.events / run.reading_s
    figures["from_json_events_per_s"] = run.events / (run.reading_s + run.matching_s)
    figures["decode_limit_events_per_s"] = limit = len(second) / _decode(second)
    figures["share_of_decode_limit"] = figures["from_json_events_per_s"] / limit
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


@dataclass(slots=True)
class _Run:
    """CPU seconds of one pass; an event hits when any rule fires on it."""

    events: int = 0
    hits: int = 0
    reading_s: float = 0.0
    matching_s: float = 0.0


def _pass(matcher: RuleSet, lines: Sequence[bytes]) -> _Run:
    """Batch by batch as a scan does, so that memory is as warm as it is there."""
    run = _Run()
    for start in range(0, len(lines), BATCH_RECORDS):
        began = time.process_time()
        events = _read(lines[start : start + BATCH_RECORDS])
        read = time.process_time()
        matched = matcher.match_all(events)
        run.matching_s += time.process_time() - read
        run.reading_s += read - began
        run.events += len(events)
        run.hits += sum(map(bool, matched))
    return run


def _read(lines: Sequence[bytes]) -> list[Event]:
    raws = (
        RawRecord(
            event_id=str(number),
            organisation="aoi",
            source="bench",
            kind="windows",
            timezone="Asia/Tokyo",
            receive_time=_NOW,
            raw=line,
        )
        for number, line in enumerate(lines)
    )
    return [event for raw in raws if isinstance(event := read_record(raw), Event)]


def _decode(lines: Sequence[bytes]) -> float:
    began = time.process_time()
    for line in lines:
        orjson.loads(line)
    return time.process_time() - began


if __name__ == "__main__":
    print(
        json.dumps(_figures(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
    )
