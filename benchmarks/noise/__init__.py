"""Findings that ordinary work causes: the work is really done and recorded, then scanned.

What is done stands in work.yml, how it is recorded in recipe.md. Nothing here attacks anything, so
every finding is noise, and each rule that spoke comes with the jobs that made it speak.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.noise import kernel, traced, work
from benchmarks.noise.measure import Recording, noise_of
from benchmarks.noise.told import SystemLog

if TYPE_CHECKING:
    from collections.abc import Iterator

SAYS = "findings of ordinary work on a Linux machine, really done and recorded"
TAKES = ("rules",)
OWN_RULES = Path(__file__).parents[2] / "rules"
OWN_GOAL = 0.1  # findings above `low` of our own rules a day: one in ten days, on each machine


class Recorder(Protocol):
    """Does jobs and writes down what they did, as auditd would."""

    name: str

    def record(self, job: work.Job, *, folder: Path, into: Path) -> int:
        """The job's exit code; the records are in the file."""
        ...


def run(*, rules: str = "") -> dict[str, Any]:
    """Our own rules always; with `rules`, those too, apart."""
    refusals: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        with _recorder(refusals) as recorder:
            if recorder is None:
                return {"skipped": "; ".join(refusals)}
            recordings = list(_record(recorder, Path(scratch)))
        figures = _facts(recorder, recordings, refusals)
        own = noise_of(recordings, [OWN_RULES], name="own")
        figures |= own
        figures["is_missed"] = own["own_findings_above_low_per_device_day"] > OWN_GOAL
        if rules:
            figures |= noise_of(recordings, [Path(one) for one in rules.split(":")], name="given")
    return figures


@contextmanager
def _recorder(refusals: list[str]) -> Iterator[Recorder | None]:
    """The kernel's audit, or strace, or None; `refusals` says why not a better one."""
    for make in (kernel.KernelRecorder, traced.Tracer):
        recorder = make()
        try:
            recorder.__enter__()
        except (kernel.Refused, traced.Refused) as error:
            refusals.append(f"{recorder.name}: {error}")
            continue
        try:
            yield recorder
        finally:
            recorder.__exit__(None, None, None)
        return
    yield None


def _record(recorder: Recorder, scratch: Path) -> Iterator[Recording]:
    for job in work.read_jobs():
        if needs := work.missing(job):
            yield Recording(job, (), f"needs {', '.join(needs)}")
            continue
        folder, into = scratch / job.name, scratch / f"{job.name}.log"
        folder.mkdir()
        with SystemLog(folder / work.LOG) as log:
            code = recorder.record(job, folder=folder, into=into)
        told = into.with_suffix(".syslog")
        told.write_text("".join(f"{line}\n" for line in log.lines), encoding="utf-8")
        yield Recording(job, (into, told), f"ended with {code}" if code else "")


def _facts(
    recorder: Recorder, recordings: list[Recording], refusals: list[str]
) -> dict[str, object]:
    done = [one for one in recordings if one.logs]
    return {
        "recorded_by": recorder.name,
        "not_by": "; ".join(refusals),
        "on_a_stage": work.has_stage(),
        "jobs_done": len(done),
        "jobs_with_faults": [f"{one.job.name}: {one.fault}" for one in recordings if one.fault],
        "system_log_lines": sum(one.told for one in done),
        "records": sum(one.records for one in done),
        "records_per_device_day": round(sum(one.records * one.job.times_a_day for one in done)),
    }
