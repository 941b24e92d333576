"""What rules say of recorded work: findings per 1,000 records and per machine and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hinomi.core.words import Level
from hinomi.detect import Logsource
from hinomi.pipeline.exceptions.proposal import propose
from hinomi.pipeline.report.tally import Tally
from hinomi.pipeline.scan import Scan, prepare_rules, scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.noise.work import Job
    from hinomi.pipeline.report.tally import Hit
    from hinomi.pipeline.scan import Rules

SHOWN = 12
Told = dict[str, object]


@dataclass(frozen=True, slots=True)
class Recording:
    """A job and its records: the kernel's, then the system log's. Without logs it was left out,
    and `fault` says why."""

    job: Job
    logs: tuple[Path, ...]
    fault: str = ""

    @property
    def records(self) -> int:
        """How many lines were recorded."""
        return sum(map(_lines, self.logs))

    @property
    def told(self) -> int:
        """How many of them programs told the system's log."""
        return sum(map(_lines, self.logs[1:]))


def noise_of(
    recordings: Sequence[Recording], rules: Sequence[Path], *, name: str
) -> dict[str, Any]:
    """Figures under `name`. A job that is done four times a day counts four times."""
    ready = prepare_rules(rules, min_level=Level.INFORMATIONAL)
    once: Counter[str] = Counter()
    a_day: dict[str, float] = defaultdict(float)
    hits: dict[str, list[Hit]] = {}
    jobs: dict[str, Counter[str]] = {}
    for one in recordings:
        for hit in _hits(one, ready):
            rule = hit.finding.rule_id
            once[rule] += 1
            a_day[rule] += one.job.times_a_day
            hits.setdefault(rule, []).append(hit)
            jobs.setdefault(rule, Counter())[one.job.name] += 1
    sources = {rule.id: rule.logsource for rule in ready.loaded.rules}
    records = sum(one.records for one in recordings)
    loud = {rule for rule in a_day if hits[rule][0].finding.level.rank > Level.LOW.rank}
    return {
        f"{name}_rules": len(ready.loaded.tellers),
        f"{name}_rules_that_spoke": len(a_day),
        f"{name}_findings_per_1000_records": round(1000 * once.total() / max(records, 1), 2),
        f"{name}_findings_per_device_day": _rounded(a_day.values()),
        f"{name}_findings_above_low_per_device_day": _rounded(a_day[rule] for rule in loud),
        f"{name}_noisiest": [
            _told(hits[rule], count, jobs[rule], sources.get(rule, Logsource()))
            for rule, count in sorted(a_day.items(), key=lambda item: -item[1])[:SHOWN]
        ],
    }


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def _hits(recording: Recording, rules: Rules) -> Iterator[Hit]:
    request = Scan(
        tuple(map(str, recording.logs)), "Asia/Tokyo", datetime.now(UTC), on_bytes=lambda size: None
    )
    yield from scan(request, rules, Tally())


def _rounded(counts: Iterable[float]) -> float:
    return round(sum(counts), 2)


def _told(hits: list[Hit], count: float, jobs: Counter[str], logsource: Logsource) -> Told:
    finding = hits[0].finding
    why = "; ".join(f"{why.field} {why.pattern}: {why.value[:60]}" for why in finding.why[:2])
    return {
        "a_day": round(count, 2),
        "level": finding.level.value,
        "rule": finding.rule_title,
        "id": finding.rule_id,
        "jobs": ", ".join(f"{name} {number}" for name, number in jobs.most_common(4)),
        "why": why,
        "exception": _exception(hits, logsource),
    }


def _exception(hits: list[Hit], logsource: Logsource) -> str:
    """What `hinomi rules exceptions propose` would write of it, in a line: a person decides."""
    finding = hits[0].finding
    made = propose(
        rule_id=finding.rule_id,
        title=finding.rule_title,
        logsource=logsource,
        events=[hit.finding.evidence[-1].fields for hit in hits],
    )
    if made is None:
        return "none"
    said = ", ".join(f"{name}={value[:60]}" for name, value in made.selection.items())
    return f"{said} ({made.covers} of {made.of})"
