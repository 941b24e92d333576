"""Events per second through the rules: cold, steady, whole process, beside the decode limit and
beside other engines on the same file. A second pass over the same events is never measured.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.detect import engines, processes, streams

SAYS = "events per second through Sigma rules, and other engines on the same file"
TAKES = ("rules", "repeat", "events")
COLD_GOALS = {"hostile": 100_000, "lab": 150_000}  # events/s on one core; see ADR 0014


def run(*, rules: str = "", repeat: int = 1, events: int = 60_000) -> dict[str, Any]:
    """Medians of `repeat` runs, each in a process of its own on its own part of the stream."""
    paths = rules or str(Path(__file__).parents[2] / "rules")
    figures: dict[str, Any] = {"rules": paths, "repeat": repeat, "events": events}
    with tempfile.TemporaryDirectory() as folder:
        for name in streams.HABITS:
            files = [Path(folder, f"{name}{number}.jsonl") for number in range(2)]
            for number, file in enumerate(files):
                file.write_bytes(b"\n".join(streams.lines(name, events, seed=number)) + b"\n")
            figures |= _stream(name, files, paths, repeat=repeat, cache=Path(folder, "cache"))
            if name == "lab":
                figures |= engines.compare(
                    files[0], Path(paths.split(":")[0]), cache=Path(folder, "cache")
                )
    for name, goal in COLD_GOALS.items():
        figures[f"{name}_share_of_goal"] = round(figures[f"{name}_cold_events_per_s"] / goal, 2)
    return figures


def _stream(
    name: str, files: list[Path], rules: str, *, repeat: int, cache: Path
) -> dict[str, Any]:
    runs = [processes.measure(files, rules, cache=cache) for _ in range(repeat)]
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    figures = {f"{name}_{key}": round(value, 3) for key, value in middle.items()}
    figures[f"{name}_whole_process_s"] = round(
        statistics.median(processes.whole(files[0], rules, cache=cache) for _ in range(repeat)), 2
    )
    if (os.cpu_count() or 1) > 1:
        two = statistics.median(
            processes.two_together(files, rules, cache=cache) for _ in range(repeat)
        )
        figures[f"{name}_two_processes_ratio"] = round(two, 2)
    return figures
