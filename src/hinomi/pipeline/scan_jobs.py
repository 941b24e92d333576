"""`hinomi scan` in several processes: pieces of the work go out, hits come back in reading order.

The processes are forked, so that rules are compiled once and shared. What a process found waits in
its pipe until its turn, which bounds memory; one that dies costs the piece it was reading, and says
so.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, NamedTuple

from hinomi.normalise import pieces_of, read_piece
from hinomi.pipeline.report.tally import Hit, Tally
from hinomi.pipeline.scan import take

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from hinomi.core.findings import Finding
    from hinomi.normalise import Piece
    from hinomi.pipeline.scan import Rules, Scan

UNIT_BYTES = 4 << 20  # handed out at once: a message costs about as much as reading 10 records
_HITS_SENT = 200  # at once
_HITS_WAITING = 5_000  # of one process, before its turn; then it has to wait
_AHEAD = 2  # units begun per process
Unit = tuple["Piece", ...]


class _Sent(NamedTuple):
    """A hit on its way: the rule is known on both sides by its number."""

    source: str
    record: int
    rule: int
    finding: Finding
    shape: str


@dataclass(slots=True)
class _Part:
    """What a process found since its last word; `counts` when it ends a piece."""

    hits: list[_Sent]
    bytes: int
    counts: Tally | None = None


@dataclass(slots=True)
class _Job:
    """A unit that was handed out; `left` are its pieces not yet read to their end."""

    left: deque[Piece]
    parts: deque[_Part] = field(default_factory=deque)
    waiting: int = 0

    @property
    def is_read(self) -> bool:
        """No more will come."""
        return not self.left


@dataclass(slots=True)
class _Reader:
    """A process, the job it is at, and the pipes to and from it."""

    process: ForkProcess
    orders: Connection
    answers: Connection
    job: _Job | None = None

    def close(self) -> None:
        """Our ends only; the process notices."""
        self.orders.close()
        self.answers.close()


def scan_in_processes(request: Scan, rules: Rules, tally: Tally) -> Iterator[Hit]:
    """As the one process would find them; it ends its processes however the caller ends it."""
    crew = _Crew(request, rules, tally)
    try:
        yield from crew.hits()
    finally:
        crew.close()


def units_of(pieces: Iterable[Piece], *, unit_bytes: int = UNIT_BYTES) -> Iterator[Unit]:
    """Small files together, big pieces alone, in order."""
    unit: list[Piece] = []
    size = 0
    for piece in pieces:
        unit.append(piece)
        size += piece.size
        if size >= unit_bytes:
            yield tuple(unit)
            unit, size = [], 0
    if unit:
        yield tuple(unit)


class _Crew:
    """The processes, the jobs in reading order, and what is still to be handed out."""

    def __init__(self, request: Scan, rules: Rules, tally: Tally) -> None:
        self._request = request
        self._rules = rules
        self._tally = tally
        self._units = units_of(piece for path in request.paths for piece in pieces_of(path))
        self._jobs: deque[_Job] = deque()
        self._readers: list[_Reader] = []

    def hits(self) -> Iterator[Hit]:
        """Until all is read."""
        self._hand_out()
        while self._jobs:
            yield from self._emit(self._jobs[0])
            if self._jobs[0].is_read:
                self._jobs.popleft()
            else:
                self._listen()
            self._hand_out()

    def close(self) -> None:
        """End all processes, at work or not."""
        for reader in self._readers:
            reader.process.terminate()
            reader.close()
        for reader in self._readers:
            reader.process.join()

    def _hand_out(self) -> None:
        """Give every idle process something to do, as long as the first job is not far behind."""
        while len(self._jobs) < _AHEAD * self._request.jobs:
            reader = self._idle()
            unit = next(self._units, None) if reader else None
            if reader is None or unit is None:
                return
            job = _Job(left=deque(unit))
            self._jobs.append(job)
            self._start(reader, job)

    def _idle(self) -> _Reader | None:
        for reader in self._readers:
            if reader.job is None:
                return reader
        if len(self._readers) < self._request.jobs:
            return self._hire()
        return None

    def _hire(self) -> _Reader:
        context = multiprocessing.get_context("fork")
        units, orders = context.Pipe(duplex=False)
        answers, parts = context.Pipe(duplex=False)
        ours = [orders, answers]
        ours += [end for reader in self._readers for end in (reader.orders, reader.answers)]
        process = context.Process(
            target=_live, args=(ours, units, parts, self._request, self._rules), daemon=True
        )
        process.start()
        units.close()
        parts.close()
        reader = _Reader(process, orders, answers)
        self._readers.append(reader)
        return reader

    def _start(self, reader: _Reader, job: _Job) -> None:
        reader.job = job
        with contextlib.suppress(BrokenPipeError):  # it died while idle: `_listen` will see it
            reader.orders.send(tuple(job.left))

    def _listen(self) -> None:
        """Take what is there; of a process that is far ahead of its turn only when it comes."""
        first = self._jobs[0]
        heard = {
            reader.answers: reader
            for reader in self._readers
            if reader.job is not None
            and (reader.job is first or reader.job.waiting < _HITS_WAITING)
        }
        for pipe in wait(list(heard)):
            reader = heard[pipe]  # type: ignore[index]
            try:
                self._note(reader, reader.answers.recv())
            except (EOFError, OSError):
                self._bury(reader)

    def _note(self, reader: _Reader, part: _Part) -> None:
        job = reader.job
        assert job is not None
        job.parts.append(part)
        job.waiting += len(part.hits)
        if part.counts is not None:
            job.left.popleft()
        if job.is_read:
            reader.job = None

    def _bury(self, reader: _Reader) -> None:
        """The piece it was at is lost and told; another process goes on with the rest."""
        self._readers.remove(reader)
        reader.close()
        reader.process.join()
        job = reader.job
        assert job is not None
        lost = job.left.popleft()
        counts = Tally()
        counts.add_problem(lost.path, _how_it_died(reader.process.exitcode, lost))
        job.parts.append(_Part([], lost.size, counts))
        if job.left:
            self._start(self._hire(), job)

    def _emit(self, job: _Job) -> Iterator[Hit]:
        while job.parts:
            part = job.parts.popleft()
            job.waiting -= len(part.hits)
            for sent in part.hits:
                rule = self._rules.matcher.rules[sent.rule]
                yield Hit(sent.source, sent.record, rule, sent.finding, sent.shape)
            if part.counts is not None:
                self._tally.add_counts(part.counts)
            self._request.on_bytes(part.bytes)


def _how_it_died(exit_code: int | None, lost: Piece) -> str:
    code = exit_code or 0
    cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    where = f" from record {lost.first_number:,} on" if lost.first_number > 1 else ""
    return f"The process that read it{where} died ({cause})."


def _live(
    ours: Iterable[Connection],
    units: Connection,
    parts: Connection,
    request: Scan,
    rules: Rules,
) -> None:
    """The life of a process. A fork inherits the parent's ends of all pipes, without which it
    would never see them end, and its handlers, which might not let it go."""
    for end in ours:
        end.close()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends us
    _read(units, parts, request, rules)


def _read(units: Connection, parts: Connection, request: Scan, rules: Rules) -> None:
    """A unit in, its parts out, until the other end is gone."""
    numbers = {rule.id: number for number, rule in enumerate(rules.matcher.rules)}
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            unit: Unit = units.recv()
            for piece in unit:
                _read_one(piece, parts, request, rules, numbers)


def _read_one(
    piece: Piece, parts: Connection, request: Scan, rules: Rules, numbers: dict[str, int]
) -> None:
    counts, consumed = Tally(), [0]
    items = read_piece(
        piece,
        timezone=request.timezone,
        receive_time=request.receive_time,
        progress=lambda count: consumed.append(count),
    )
    hits: list[_Sent] = []
    for hit in take(items, rules, counts):
        number = numbers[hit.rule.id]
        hits.append(_Sent(hit.source, hit.record, number, hit.finding, hit.shape))
        if len(hits) >= _HITS_SENT:
            parts.send(_Part(hits, sum(consumed)))
            hits, consumed[:] = [], []
    parts.send(_Part(hits, sum(consumed), counts))
