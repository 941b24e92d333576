"""The command: arguments, progress, the table, faults kept as files, and one case once more."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchmarks.fuzz
from benchmarks.fuzz.crew import MOST_FAULTS, Crew
from benchmarks.fuzz.drill import AGAIN, Fault, Tally, grown_alone_kib, read_once
from benchmarks.fuzz.family import Maker, allowed_s

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.fuzz.family import Family

_HEAD = ("family", "cases", "faults", "slowest ms", "of bytes", "case", "of allowed", "us a case",
         "memory MiB", "contained")  # fmt: skip
_KEPT_EACH = 3  # cases of one kind of fault that are kept
_TOLD_EVERY_S = 20.0


def main() -> int:
    """Exit 1 where there was a fault, 2 for arguments that say nothing."""
    known = benchmarks.fuzz.families()
    arguments = _parser(known).parse_args()
    if arguments.replay:
        return _replay(known, arguments.replay)
    chosen = {name: known[name] for name in arguments.family or known}
    numbers = range(arguments.begin, arguments.begin + arguments.cases)
    rows, faults = run_all(chosen, numbers, jobs=arguments.jobs, keep=arguments.keep)
    if arguments.format == "json":
        print(json.dumps({"families": rows, "faults": len(faults)}))
    else:
        print("\n".join(_table(rows)))
    return 1 if faults else 0


def run_all(
    chosen: Mapping[str, Family], numbers: range, *, jobs: int, keep: Path | None = None
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """A row for each family, and all faults. A family without samples says so in its row."""
    rows, faults = [], []
    for name, family in chosen.items():
        if not family.samples():
            rows.append({"family": name, "cases": 0, "skipped": "no samples; set HINOMI_SHARED"})
            continue
        desk = _Desk(family, len(numbers), keep)
        began = time.monotonic()
        crew, is_left = Crew(family, jobs, desk.take), False
        try:
            crew.run(numbers, progress=desk.tell)
        except KeyboardInterrupt:  # what was done until then is told
            is_left = True
        faults += desk.faults
        rows.append(_row(name, crew.tally, len(desk.faults)))
        _say(f"{_line(rows[-1])}  ({time.monotonic() - began:.0f} s)")
        if is_left:
            break
    return rows, faults


@dataclass
class _Desk:
    """Takes the faults of a family and says how far it is, on stderr."""

    family: Family
    wanted: int
    keep: Path | None
    faults: list[Fault] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)
    _told: float = field(default_factory=time.monotonic)

    def take(self, fault: Fault) -> None:
        """The first of each kind is told in full and kept as a file."""
        self.faults.append(fault)
        self._kinds[fault.kind] += 1
        if self._kinds[fault.kind] > _KEPT_EACH or fault.number < 0:
            return
        name = f"{fault.family}:{fault.number}"
        _say(f"FAULT {name} {fault.kind}\n{fault.detail if self._kinds[fault.kind] == 1 else ''}")
        _say(f"  once more: python -m benchmarks.fuzz --replay {name}")
        if self.keep is not None:
            self.keep.mkdir(parents=True, exist_ok=True)
            file = self.keep / f"{fault.family}-{fault.number}.case"
            file.write_bytes(Maker(self.family).case(fault.number).raw)
            _say(f"  kept as {file}")
        if len(self.faults) == MOST_FAULTS:
            _say(f"  {MOST_FAULTS} faults: the rest of {fault.family} is left out")

    def tell(self, done: int) -> None:
        """Often at a terminal, now and then in a file."""
        if time.monotonic() - self._told < (1.0 if sys.stderr.isatty() else _TOLD_EVERY_S):
            return
        self._told = time.monotonic()
        end = "\r" if sys.stderr.isatty() else "\n"
        print(f"{self.family.name}: {done:,} of {self.wanted:,}, {len(self.faults)} faults",
              file=sys.stderr, end=end, flush=True)  # fmt: skip


def _parser(known: Mapping[str, Family]) -> argparse.ArgumentParser:
    says = "\n".join(f"  {name:<12} {family.says}" for name, family in known.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz",
        description=benchmarks.fuzz.__doc__,
        epilog=f"families:\n{says}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--family", action="append", choices=list(known), metavar="NAME")
    parser.add_argument("--cases", type=int, default=10_000, help="of each family")
    parser.add_argument("--begin", type=int, default=0, metavar="NUMBER", help="of the first case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--keep", type=Path, default=Path("build/fuzz"), help="where faults are put"
    )
    parser.add_argument("--replay", metavar="NAME:NUMBER", help="one case, told in full")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    return parser


def _replay(known: Mapping[str, Family], wanted: str) -> int:
    name, _, number = wanted.partition(":")
    if name not in known or not number.isdecimal():
        _say("--replay wants NAME:NUMBER, as in json:12345")
        return 2
    family = known[name]
    case = Maker(family).case(int(number))
    print(f"{wanted} form={case.form!r} {len(case.raw):,} bytes\n{case.raw[:2_000]!r}")
    read = [read_once(family, case) for _ in range(1 + AGAIN)]
    times = ", ".join(f"{took_s * 1e3:.1f}" for took_s, _ in read)
    print(f"{times} ms of {allowed_s(family, case) * 1e3:.0f} allowed")
    grown_kib = grown_alone_kib(family, case)
    print("memory within bounds" if not grown_kib else f"{grown_kib >> 10} MiB of memory")
    fault = read[-1][1]
    if fault is not None:
        print(f"{fault.kind}\n{fault.detail}")
    is_slow = min(took_s for took_s, _ in read) > allowed_s(family, case)
    return 1 if fault or grown_kib or is_slow else 0


def _row(name: str, tally: Tally, faults: int) -> dict[str, Any]:
    return {
        "family": name,
        "cases": tally.cases,
        "faults": faults,
        "slowest_ms": round(tally.slowest_s * 1e3, 1),
        "slowest_bytes": tally.slowest_bytes,
        "slowest_case": tally.slowest_number,
        "share_of_allowed_percent": round(tally.share * 100),
        "us_per_case": round(tally.seconds / max(tally.cases, 1) * 1e6),
        "memory_growth_mib": round(tally.growth_kib / 1024, 1),
        "contained": tally.contained,
    }


def _line(row: Mapping[str, Any]) -> str:
    if "skipped" in row:
        return f"{row['family']:<12} {row['skipped']}"
    return (
        f"{row['family']:<12}{row['cases']:>10,}{row['faults']:>8}{row['slowest_ms']:>12}"
        f"{row['slowest_bytes']:>10,}{row['slowest_case']:>10}{row['share_of_allowed_percent']:>11}%"
        f"{row['us_per_case']:>11}{row['memory_growth_mib']:>12}{row['contained']:>11,}"
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    widths = (12, 10, 8, 12, 10, 10, 12, 11, 12, 11)
    head = "".join(
        f"{word:<{width}}" if number == 0 else f"{word:>{width}}"
        for number, (word, width) in enumerate(zip(_HEAD, widths, strict=True))
    )
    return [head, *(_line(row) for row in rows)]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
