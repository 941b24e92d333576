"""Splits a family's cases over processes, and outlives those that a case kills."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.fuzz.drill import Fault, Tally, drill
from benchmarks.fuzz.family import Maker

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from benchmarks.fuzz.family import Family

MOST_FAULTS = 200  # then the family is left: they are the same few over and over
_STUCK_S = 180  # of the wall's clock in one case: code that no signal reaches
_LOOK_S = 0.5
_processes = multiprocessing.get_context("fork")


@dataclass
class _Worker:
    """One process and the numbers it still has to do; `at` is the one in its hands."""

    process: ForkProcess
    told: Connection
    at: ctypes.c_longlong
    span: range
    counted: int = 0  # of its cases, those in a tally that came
    seen: int = -1
    since: float = field(default_factory=time.monotonic)


@dataclass
class Crew:
    """All that is done of one family, by so many processes."""

    family: Family
    jobs: int
    finds: Callable[[Fault], None]
    tally: Tally = field(default_factory=Tally)
    faults: int = 0

    def run(self, numbers: range, *, progress: Callable[[int], None]) -> Tally:
        """All cases of the range. `progress` hears now and then how many are done."""
        size = -(-len(numbers) // self.jobs)
        spans = [numbers[at : at + size] for at in range(0, len(numbers), size)]
        workers = [self._start(span) for span in spans]
        try:
            while workers and self.faults < MOST_FAULTS:
                multiprocessing.connection.wait([each.told for each in workers], _LOOK_S)
                found = [self._listen(worker) for worker in workers]
                workers = [worker for worker in found if worker is not None]
                progress(self.tally.cases)
        finally:
            for worker in workers:
                _end(worker)
        return self.tally

    def _start(self, span: range) -> _Worker:
        ours, theirs = _processes.Pipe(duplex=False)
        at = _processes.RawValue("q", span.start)
        arguments = (self.family, span, at, theirs)
        process = _processes.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, at, span)

    def _listen(self, worker: _Worker) -> _Worker | None:
        """The worker while it works, a new one where a case killed it, None at its end."""
        try:
            while worker.told.poll():
                said = worker.told.recv()
                if said is None:
                    worker.process.join()
                    return None
                self._hear(said)
                worker.counted += said.cases if isinstance(said, Tally) else 0
        except EOFError:
            _end(worker)
            return self._without(worker, f"the process ended ({worker.process.exitcode})")
        if not _is_stuck(worker):
            return worker
        _end(worker)
        return self._without(worker, f"stuck for {_STUCK_S} seconds where no signal reaches")

    def _hear(self, said: Fault | Tally) -> None:
        if isinstance(said, Tally):
            self.tally.add(said)
            return
        self.faults += 1
        self.finds(said)

    def _without(self, worker: _Worker, why: str) -> _Worker | None:
        """The case in its hands was the last; the next process goes on behind it."""
        number = worker.at.value
        self.tally.cases += number - worker.span.start - worker.counted + 1
        fault = self._judge(number, why)
        if fault is not None:
            self._hear(fault)
        following = range(number + 1, worker.span.stop)
        return self._start(following) if following else None

    def _judge(self, number: int, why: str) -> Fault | None:
        """None where the product reads so in a process of its own, and that holds."""
        if self.family.outside is None:
            return Fault(self.family.name, number, why)
        try:
            self.family.outside(Maker(self.family).case(number))
        except Exception as error:
            return Fault(self.family.name, number, f"{why}, and then {error!r}")
        self.tally.contained += 1
        return None


def _work(family: Family, span: range, at: ctypes.c_longlong, told: Connection) -> None:
    def begins(number: int) -> None:
        at.value = number

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    for tally in drill(family, span, begins=begins, finds=told.send):
        told.send(tally)
    told.send(None)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()


def _is_stuck(worker: _Worker) -> bool:
    if worker.at.value != worker.seen:
        worker.seen, worker.since = worker.at.value, time.monotonic()
    return time.monotonic() - worker.since > _STUCK_S
