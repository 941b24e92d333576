"""Whose line is it? CPU µs a line for all formats' samples: by index, and asking each in turn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hinomi.normalise.decode import decode
from hinomi.normalise.format import Line
from hinomi.normalise.header import read_header
from hinomi.normalise.looks import likely_formats
from hinomi.normalise.registry import particular_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hinomi.normalise.format import Format

SAYS = "µs to recognise a line among all formats, by index and by asking each in turn"
SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "goldens" / "formats"
RUNS = 5  # of which the best counts: other work on the machine only ever adds


def run() -> dict[str, Any]:
    """Both ways on the same lines; `differing` must be 0."""
    lines = [_line(raw) for raw in _samples()]
    every = particular_formats()
    by_index, index_us = _asked(lines, likely_formats)
    in_turn, turn_us = _asked(lines, lambda _line: every)
    differing = sum(a is not b for a, b in zip(by_index, in_turn, strict=True))
    return {
        "lines": len(lines),
        "formats": len(every),
        "by_index_us": index_us,
        "in_turn_us": turn_us,
        "asked_per_line": round(sum(len(likely_formats(line)) for line in lines) / len(lines), 1),
        "differing": differing,
        "is_missed": differing > 0,
    }


def _asked(
    lines: list[Line], forms_of: Callable[[Line], Iterable[Format]]
) -> tuple[list[Format | None], float]:
    times = []
    found: list[Format | None] = []
    for _ in range(RUNS):
        began = time.process_time()
        found = [next((f for f in forms_of(line) if f.sniff(line)), None) for line in lines]
        times.append((time.process_time() - began) / len(lines) * 1e6)
    return found, round(min(times), 1)


def _samples() -> list[bytes]:
    files = (path for path in SAMPLES.glob("*/*") if not path.name.endswith(".expected.jsonl"))
    return [line for path in sorted(files) for line in path.read_bytes().splitlines() if line]


def _line(raw: bytes) -> Line:
    text, encoding = decode(raw)
    return Line(text, encoding, read_header(text))
