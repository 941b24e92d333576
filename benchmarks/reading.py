"""Records read per second and core: each format, the decoder's own limit, and whole scans.

CPU time of one process for each format; lines come from rehearse's templates, event logs from the
shared data where it is present. The limit is the decoder alone on the same bytes in the same run.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks._lines import LINES, write_lines
from hinomi.normalise import read_path

if TYPE_CHECKING:
    from collections.abc import Callable

SAYS = "records read by format, share of the decode limit, and whole scans"
RECORDS = 40_000
SCANNED = 100_000
EVENT_LOGS = 870  # files of about 38 records, as the public collections of attacks have
SCAN_LIMIT_S = 2.5  # 100,000 JSON events, own rules, one process
RUNS = 3  # of which the best counts: other work on the machine only ever adds


def run() -> dict[str, Any]:
    """CPU µs per record for each format, then CPU and wall seconds of whole processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = _formats(folder) | _event_logs(folder / "evtx") | _whole_scans(folder)
    figures["is_missed"] = figures["scan_1_process_cpu_s"] > SCAN_LIMIT_S
    return figures


def _formats(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for form in LINES:
        file = folder / f"{form}.log"
        write_lines(file, form, count=RECORDS)
        figures[f"{form}_us"] = _us_per_record(partial(_read_all, file))
    file = folder / "windows_json.log"
    limit = _us_per_record(lambda: _decode_json(file))
    return figures | _limit("windows_json", limit, figures["windows_json_us"])


def _event_logs(folder: Path) -> dict[str, Any]:
    """Nothing where the shared data is missing."""
    logs = sorted((_shared() / "evtx-dev").glob("*.evtx"), key=lambda path: path.stat().st_size)
    if not logs:
        return {"evtx": f"no event logs in {_shared() / 'evtx-dev'}; set HINOMI_SHARED"}
    folder.mkdir()
    for number in range(EVENT_LOGS):
        shutil.copy(logs[number % len(logs)], folder / f"{number:03}.evtx")
    ours = _us_per_record(lambda: _read_all(folder))
    limit = _us_per_record(lambda: _decode_evtx(folder))
    return {"evtx_us": ours} | _limit("evtx", limit, ours) | _scan("evtx_scan", folder)


def _whole_scans(folder: Path) -> dict[str, Any]:
    """Own rules; `scan_scaling` is what a second process gains on two cores."""
    file, one = folder / "big.ndjson", folder / "one.ndjson"
    write_lines(file, "windows_json", count=SCANNED)
    write_lines(one, "windows_json", count=1)
    figures = _scan("scan", file) | {"scan_records": SCANNED}
    figures["one_record_s"] = _best(lambda: _process(one, jobs=1))[0]
    return figures


def _scan(name: str, path: Path) -> dict[str, Any]:
    wall, cpu = _best(lambda: _process(path, jobs=1))
    figures = {f"{name}_1_process_s": wall, f"{name}_1_process_cpu_s": cpu}
    if len(os.sched_getaffinity(0)) > 1:
        wall_of_two, _ = _best(lambda: _process(path, jobs=2))
        figures |= {f"{name}_2_processes_s": wall_of_two}
        figures |= {f"{name}_scaling": round(wall / wall_of_two, 2)}
    return figures


def _process(path: Path, *, jobs: int) -> tuple[float, float]:
    """Wall and CPU seconds of `hinomi scan`, from start to exit."""
    command = [sys.executable, "-m", "hinomi.cli.main", "scan", "--format", "jsonl"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [*command, "--jobs", str(jobs), str(path)], stdout=subprocess.DEVNULL, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError("hinomi scan failed")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(wall, 2), round(spent, 2)


def _best(measure: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    runs = [measure() for _ in range(RUNS)]
    return min(wall for wall, _ in runs), min(cpu for _, cpu in runs)


def _us_per_record(read: Callable[[], int]) -> float:
    """CPU time; `read` gives the number of records."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        count = read()
        times.append((time.process_time() - began) / count * 1e6)
    return round(min(times), 2)


def _limit(name: str, limit_us: float, ours_us: float) -> dict[str, Any]:
    share = round(limit_us / ours_us, 2)
    return {f"{name}_limit_us": limit_us, f"{name}_share_of_limit": share}


def _read_all(path: Path) -> int:
    return sum(1 for _ in read_path(path, receive_time=datetime.now(UTC)))


def _decode_json(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for line in stream if orjson.loads(line))


def _decode_evtx(folder: Path) -> int:
    from evtx import PyEvtxParser

    logs = sorted(folder.iterdir())
    return sum(1 for path in logs for _ in PyEvtxParser(str(path)).records_json())


def _shared() -> Path:
    beside = Path(__file__).resolve().parents[1].parent / "shared"
    return Path(os.environ.get("HINOMI_SHARED") or beside) / "data"
