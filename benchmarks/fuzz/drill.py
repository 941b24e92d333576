"""Reads one family's cases one by one and judges each: crash, hang, memory. One process.

Time is the processor's, so a machine that does other things as well does not lie; what looks slow
is measured again three times, and what takes much memory once more in a process of its own.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.fuzz.family import Case, Family, Maker, allowed_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

AGAIN = 3
BLOCK = 5_000
HANG_S = 20  # of the processor's time in one case: given up, so that the rest can go on
MOST_MIB, MOST_TIMES = 32, 64  # one case may take so much memory, and so many times its own size
MOST_GROWTH_MIB = 96  # all cases of a family together: caches are bounded
# A reader in a process of its own has the memory that process is given.
CONTAINED_BYTES = 2 << 30
_WORTH_A_SECOND_LOOK_S = 0.005


class Hang(BaseException):
    """Raised in the middle of a case; no reader may catch it."""


@dataclass(frozen=True)
class Fault:
    """What one case did that it must not. Those alike have the same `kind`."""

    family: str
    number: int
    kind: str
    detail: str = ""


@dataclass
class Tally:
    """What a run of cases showed. `slowest_s` is the best of four measurements of that case."""

    cases: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    slowest_bytes: int = 0
    slowest_number: int = -1
    share: float = 0.0  # of what its size allows, of the case that came nearest
    growth_kib: int = 0
    contained: int = 0  # cases that ended the reader's own process, as it may

    def following(self) -> Tally:
        """For the next block: what is not slower than this need not be measured again."""
        return Tally(slowest_s=self.slowest_s, slowest_bytes=self.slowest_bytes,
                     slowest_number=self.slowest_number, share=self.share)  # fmt: skip

    def add(self, other: Tally) -> None:
        """Together with another part of the same family."""
        self.cases += other.cases
        self.seconds += other.seconds
        self.share = max(self.share, other.share)
        self.growth_kib = max(self.growth_kib, other.growth_kib)
        self.contained += other.contained
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest_bytes = other.slowest_s, other.slowest_bytes
            self.slowest_number = other.slowest_number


def drill(
    family: Family,
    numbers: range,
    *,
    begins: Callable[[int], None],
    finds: Callable[[Fault], None],
) -> Iterator[Tally]:
    """Reads the cases; a tally for each block of them. `begins` hears each number before it is
    read: who watches us then knows which case killed us. `finds` hears each fault."""
    maker, tally = Maker(family), Tally()
    _warm_up(family, maker)
    at_start = peak_kib()
    with _hang_watch() as watch:
        for at in range(0, len(numbers), BLOCK):
            tally = tally.following()
            for number in numbers[at : at + BLOCK]:
                begins(number)
                watch.number = number
                fault = _judge(family, maker.case(number), tally)
                if fault is not None:
                    finds(fault)
                tally.cases += 1
            tally.growth_kib = peak_kib() - at_start
            yield tally
    if family.outside is None and tally.growth_kib > MOST_GROWTH_MIB << 10:
        finds(Fault(family.name, -1, f"memory grew by {tally.growth_kib >> 10} MiB over the run"))


def read_once(family: Family, case: Case) -> tuple[float, Fault | None]:
    """Seconds of the processor, and what went wrong."""
    began = time.process_time()
    try:
        family.read(case)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return time.process_time() - began, _fault_of(family, case, error)
    return time.process_time() - began, None


def peak_kib() -> int:
    """The most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _judge(family: Family, case: Case, tally: Tally) -> Fault | None:
    before = peak_kib()
    took_s, fault = read_once(family, case)
    tally.seconds += took_s
    if fault is not None:
        return fault
    allowed = allowed_s(family, case)
    looks_slow = took_s > max(tally.slowest_s, _WORTH_A_SECOND_LOOK_S)
    if looks_slow or took_s > allowed * max(tally.share, 0.2):
        took_s = min(took_s, *(read_once(family, case)[0] for _ in range(AGAIN)))
    tally.share = max(tally.share, took_s / allowed)
    if took_s > tally.slowest_s:
        tally.slowest_s, tally.slowest_bytes = took_s, len(case.raw)
        tally.slowest_number = case.number
    if took_s > allowed:
        told = f"{took_s * 1e3:.0f} of {allowed * 1e3:.0f} ms for {len(case.raw):,} bytes"
        return Fault(family.name, case.number, "slower than allowed", told)
    if family.outside is None and peak_kib() - before > most_kib(case):
        grown = grown_alone_kib(family, case)
        told = f"{grown >> 10} MiB for {len(case.raw):,} bytes"
        return Fault(family.name, case.number, "memory of one case", told) if grown else None
    return None


def most_kib(case: Case) -> int:
    """What one case may take."""
    return (MOST_MIB << 10) + MOST_TIMES * len(case.raw) // 1024


def grown_alone_kib(family: Family, case: Case) -> int:
    """How much the case takes by itself, 0 when that is within what it may."""
    inward, outward = os.pipe()
    child = os.fork()
    if not child:
        before = peak_kib()
        read_once(family, case)
        os.write(outward, str(peak_kib() - before).encode())
        os._exit(0)
    os.close(outward)
    with os.fdopen(inward) as told:
        grown = int(told.read() or most_kib(case) + 1)
    os.waitpid(child, 0)
    return grown if grown > most_kib(case) else 0


def _warm_up(family: Family, maker: Maker) -> None:
    """Tables and caches are made on first use; that is no line's time or memory."""
    if family.outside is not None:
        resource.setrlimit(resource.RLIMIT_AS, (CONTAINED_BYTES, CONTAINED_BYTES))
    for turn in range(4):
        for sample in maker.samples:
            family.read(Case(turn, sample.form, sample.raw))
    gc.collect()
    gc.freeze()


def _fault_of(family: Family, case: Case, error: BaseException) -> Fault:
    """Named by where it was raised, in our own code if it went through it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if "hinomi" in each.filename] or frames
    last = own[-1]
    place = f"{Path(last.filename).name}:{last.lineno} {last.name}"
    detail = "".join(traceback.format_exception(error))
    return Fault(family.name, case.number, f"{type(error).__name__} in {place}", detail[-4_000:])


@dataclass
class _Watch:
    """Looks now and then whether one case has had the processor for too long."""

    number: int = -1
    _seen: int = -2
    _since_s: float = 0.0

    def tick(self, _signal: int, _frame: FrameType | None) -> None:
        """The first sight of a case starts its time."""
        now = time.process_time()
        if self.number != self._seen:
            self._seen, self._since_s = self.number, now
        elif now - self._since_s > HANG_S:
            self._since_s = now
            raise Hang


@contextmanager
def _hang_watch() -> Iterator[_Watch]:
    """By the wall's clock: while a timer of the processor's time runs, Linux counts that time in
    ticks only, too coarse for a line."""
    watch = _Watch()
    before = signal.signal(signal.SIGALRM, watch.tick)
    signal.setitimer(signal.ITIMER_REAL, HANG_S / 4, HANG_S / 4)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
