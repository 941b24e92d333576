"""Starts the measuring processes (`once`), one at a time or two together, and `hinomi scan`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]


def measure(files: Sequence[Path], rules: str, *, cache: Path) -> dict[str, float]:
    """Figures of one run: the first file cold, the second, other events, in the steady state."""
    done = _start([*map(str, files), rules, str(cache)]).communicate()[0]
    return {name: float(value) for name, value in json.loads(done).items()}


def two_together(files: Sequence[Path], rules: str, *, cache: Path) -> float:
    """How many times the events of one process two do at once: 2.0 is perfect."""
    arguments = [*map(str, files), rules, str(cache)]
    began = time.perf_counter()
    _start(arguments).communicate()
    alone_s = time.perf_counter() - began
    began = time.perf_counter()
    for one in [_start(arguments), _start(arguments)]:
        one.communicate()
    return 2 * alone_s / (time.perf_counter() - began)


def whole(file: Path, rules: str, *, cache: Path) -> float:
    """Seconds of `hinomi scan` on the file, start to last finding on disk."""
    command = [sys.executable, "-m", "hinomi.cli.main", "scan", "--format", "jsonl", str(file)]
    command += [part for path in rules.split(":") for part in ("--rules", path)]
    began = time.perf_counter()
    with (cache.parent / "findings.jsonl").open("wb") as out:
        subprocess.run(command, stdout=out, check=False, cwd=ROOT, env={"HINOMI_CACHE": str(cache)})
    return time.perf_counter() - began


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.detect.once", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
