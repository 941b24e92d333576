"""Other Sigma engines on the same file in the same run, when they are on PATH.

Each row says how an engine is called and how its findings are read; nothing is installed for it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.detect.processes import whole

if TYPE_CHECKING:
    from pathlib import Path

Titles = Callable[["Path"], set[str]]
_LONGEST_S = 1_800


@dataclass(frozen=True, slots=True)
class Engine:
    """`command` has {file}, {rules} and {out} filled in; `titles` reads the rules that fired."""

    program: str
    command: tuple[str, ...]
    titles: Titles


def _from_lines(key: str) -> Titles:
    def read(path: Path) -> set[str]:
        lines = path.read_text("utf-8", "replace").splitlines()
        return {str(json.loads(line).get(key, "")) for line in lines if line.startswith("{")}

    return read


def _from_list(key: str) -> Titles:
    return lambda path: {str(one.get(key, "")) for one in json.loads(path.read_text() or "[]")}


ENGINES = (
    Engine(
        "zircolite",
        ("--events", "{file}", "--ruleset", "{rules}", "--outfile", "{out}", "-j"),
        _from_list("title"),
    ),
    Engine(
        "chainsaw",
        ("hunt", "{file}", "-s", "{rules}", "--mapping", "mappings/sigma-event-logs-all.yml",
         "--json", "-o", "{out}"),
        _from_list("name"),
    ),
    Engine(
        "hayabusa",
        ("json-timeline", "-J", "-f", "{file}", "-r", "{rules}", "-L", "-o", "{out}", "-w", "-q"),
        _from_lines("RuleTitle"),
    ),
    Engine("rsigma", ("eval", "-r", "{rules}", "{file}"), _from_lines("rule_title")),
)  # fmt: skip


def compare(file: Path, rules: Path, *, cache: Path) -> dict[str, Any]:
    """Ratios of whole runs, and rules that fired here and there; a sentence when none is there."""
    ours_s = whole(file, str(rules), cache=cache)
    ours = _from_lines("rule_title")(cache.parent / "findings.jsonl")
    figures: dict[str, Any] = {"hinomi_scan_s": round(ours_s, 2), "hinomi_rules_fired": len(ours)}
    present = [engine for engine in ENGINES if shutil.which(engine.program)]
    if not present:
        names = ", ".join(engine.program for engine in ENGINES)
        figures["other_engines"] = f"none of {names} is on PATH, so nothing was compared"
    for engine in present:
        figures |= _beside(engine, file, rules, ours=ours, ours_s=ours_s)
    return figures


def _beside(
    engine: Engine, file: Path, rules: Path, *, ours: set[str], ours_s: float
) -> dict[str, Any]:
    out = file.with_suffix(f".{engine.program}")
    words = {"file": str(file), "rules": str(rules), "out": str(out)}
    command = [engine.program, *(part.format(**words) for part in engine.command)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, timeout=_LONGEST_S)
    seconds = time.perf_counter() - began
    if not out.exists():
        out.write_bytes(done.stdout)
    try:
        theirs = engine.titles(out)
    except (ValueError, AttributeError):
        return {f"{engine.program}_failed": done.stderr.decode("utf-8", "replace")[-200:]}
    return {
        f"{engine.program}_s": round(seconds, 2),
        f"{engine.program}_ratio": round(seconds / ours_s, 1),
        f"{engine.program}_fired_in_common": len(ours & theirs),
        f"{engine.program}_fired_only_there": len(theirs - ours),
        f"{engine.program}_fired_only_here": len(ours - theirs),
    }
