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
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from hinomi.core.records import Event, RawRecord
from hinomi.detect import RuleSet, Shelf, load_rules
from hinomi.normalise import aliases_by_shape, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOW = datetime(2026, 12, 1, tzinfo=UTC)
_COMPILED_AFTER = 2_000  # events that bring each kind once; their time is told apart


def _figures(cold: Path, steady: Path, rules: str, cache: Path) -> dict[str, float]:
    shelf = Shelf(cache)
    began = time.perf_counter()
    loaded = load_rules([Path(path) for path in rules.split(":")], shelf=shelf)
    matcher = RuleSet(loaded.rules, aliases=aliases_by_shape(), shelf=shelf)
    figures = {"rules": float(len(loaded.rules)), "rules_ready_s": time.perf_counter() - began}
    first, second = cold.read_bytes().splitlines(), steady.read_bytes().splitlines()
    events, others = _read(first), _read(second)
    gc.collect()
    gc.freeze()
    figures["compile_and_first_2000_s"], _ = _match(matcher, events[:_COMPILED_AFTER])
    seconds, hits = _match(matcher, events[_COMPILED_AFTER:])
    count = len(events) - _COMPILED_AFTER
    figures["cold_events_per_s"] = count / seconds
    figures["events_that_hit_percent"] = 100 * hits / count
    seconds, _ = _match(matcher, others)
    figures["steady_events_per_s"] = len(others) / seconds
    figures["decode_limit_events_per_s"] = len(second) / _decode(second)
    figures["reading_events_per_s"] = len(second) / _timed_read(second)
    both = 1 / figures["steady_events_per_s"] + 1 / figures["reading_events_per_s"]
    figures["from_json_events_per_s"] = 1 / both
    figures["share_of_decode_limit"] = 1 / both / figures["decode_limit_events_per_s"]
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


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


def _timed_read(lines: Sequence[bytes]) -> float:
    began = time.process_time()
    _read(lines)
    return time.process_time() - began


def _match(matcher: RuleSet, events: Sequence[Event]) -> tuple[float, int]:
    hits = 0
    match = matcher.match
    began = time.process_time()
    for event in events:
        if match(event):
            hits += 1
    return time.process_time() - began, hits


def _decode(lines: Sequence[bytes]) -> float:
    began = time.process_time()
    for line in lines:
        orjson.loads(line)
    return time.process_time() - began


if __name__ == "__main__":
    print(
        json.dumps(_figures(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
    )
