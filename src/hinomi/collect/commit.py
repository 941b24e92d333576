"""Group commit: many senders wait for one fsync. The only place that touches the log.

One thread owns the log; whoever submits gets an asyncio future that is resolved after the commit,
and never before. Companies take turns, and none may fill the queue alone, so that a flood of one
costs the others little. Repeats of a keyed request are recognised in that thread too, so two copies
that arrive at the same moment still become one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.collect.shares import Shares
from hinomi.core import crash
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hinomi.collect.counts import Counts
    from hinomi.collect.limits import Limits
    from hinomi.core.records import RawRecord
    from hinomi.core.transport import AnsweringLogWriter, KeyedAnswer

_RECORD_OVERHEAD = 400  # bytes of memory a queued record costs beside its raw
_DISK_LOOK_S = 1.0
_TURN_RECORDS = 1_000  # a company's turn within one commit
logger = logging.getLogger(__name__)


class QueueFull(HinomiError):
    """More waits for the disk than we allow; the sender should try again shortly."""


class DiskLow(HinomiError):
    """The disk has too little room; nothing of this submission was kept."""


class KeyReused(HinomiError):
    """An Idempotency-Key came back with a different body: keeping neither silence nor a lie."""


class Stopping(HinomiError):
    """The process is going down; nothing of this submission was kept."""


@dataclass(frozen=True, slots=True)
class _Submission:
    company: str
    records: Sequence[RawRecord]
    keyed: KeyedAnswer | None
    size: int
    done: asyncio.Future[bytes]


class Committer:
    """`disk` gives (free, total) bytes of the log's disk. Start and use inside a running loop."""

    def __init__(
        self,
        log: AnsweringLogWriter,
        *,
        limits: Limits,
        counts: Counts,
        disk: Callable[[], tuple[int, int]],
    ) -> None:
        self._log = log
        self._limits = limits
        self._counts = counts
        self._disk = disk
        self._loop = asyncio.get_running_loop()
        self._queues: dict[str, deque[_Submission]] = {}  # by company, whose turn is next first
        self._shares = Shares(limits.queue_bytes)
        self._wake = threading.Condition()
        self._is_stopping = False
        self._looked_at = -_DISK_LOOK_S
        self._is_low = False
        self.trouble = ""  # a sentence for /readyz while the log cannot be written
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    def submit(
        self, records: Sequence[RawRecord], *, keyed: KeyedAnswer | None = None
    ) -> asyncio.Future[bytes]:
        """Queue the records; the future gives the answer to send (b"" without a key) once durable.

        QueueFull and Stopping are raised at once; DiskLow, KeyReused and OSError come by the
        future. Call from the loop's thread.
        """
        size = sum(len(record.raw) + _RECORD_OVERHEAD for record in records)
        company = records[0].organisation if records else ""
        done: asyncio.Future[bytes] = self._loop.create_future()
        with self._wake:
            if self._is_stopping:
                raise Stopping("collect is stopping", advice="Send it again in a moment.")
            if not self._shares.take(company, size):
                raise QueueFull("too much waits for the disk", advice="Send it again in a moment.")
            submission = _Submission(company, records, keyed, size, done)
            self._queues.setdefault(company, deque()).append(submission)
            self._wake.notify()
        return done

    @property
    def queued_bytes(self) -> int:
        """What waits now."""
        return self._shares.total

    @property
    def is_disk_low(self) -> bool:
        """Looked at no more than once a second."""
        if time.monotonic() - self._looked_at >= _DISK_LOOK_S:
            self._looked_at = time.monotonic()
            free, total = self._disk()
            self._is_low = free < min(self._limits.free_bytes, self._limits.free_share * total)
        return self._is_low

    async def close(self) -> None:
        """Commit what is queued, then end the thread. The log stays open: its owner closes it."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while batch := self._next_batch():
            began = time.monotonic()
            outcomes = self._commit(batch)
            self._counts.add("commits")
            self._counts.add("commit_seconds", time.monotonic() - began)
            self._loop.call_soon_threadsafe(_resolve, batch, outcomes)

    def _next_batch(self) -> list[_Submission]:
        """Empty only when stopping and nothing is left."""
        with self._wake:
            while not self._queues and not self._is_stopping:
                self._wake.wait()
            if self._is_few() and not self._is_stopping:
                self._wake.wait_for(lambda: not self._is_few(), self._limits.gather_s)
            batch: list[_Submission] = []
            count = 0
            while self._queues and count < self._limits.commit_records:
                count += self._take_turn(batch, self._limits.commit_records - count)
        return batch

    def _take_turn(self, batch: list[_Submission], most: int) -> int:
        """The next company's submissions, about `_TURN_RECORDS`; who has more goes to the end."""
        company = next(iter(self._queues))
        queue = self._queues.pop(company)
        taken = 0
        while queue and taken < min(_TURN_RECORDS, most):
            submission = queue.popleft()
            self._shares.give_back(company, submission.size)
            taken += max(1, len(submission.records))
            batch.append(submission)
        if queue:
            self._queues[company] = queue
        return taken

    def _is_few(self) -> bool:
        return self._shares.total < self._limits.queue_bytes // 256

    def _commit(self, batch: list[_Submission]) -> list[bytes | Exception]:
        """One outcome per submission; records and answers of all of them in one transaction."""
        if self.is_disk_low:
            low = DiskLow("the disk is nearly full", advice="Free some room on the data disk.")
            return [low] * len(batch)
        try:
            outcomes, fresh = self._sorted_out(batch)
            records = [record for submission in fresh for record in submission.records]
            if fresh:
                answers = [s.keyed for s in fresh if s.keyed is not None]
                self._log.append(records, answers=answers)
                self._counts.add("records", len(records))
                self._counts.add("record_bytes", sum(len(record.raw) for record in records))
                self.trouble = ""
            crash.point("collect:after-commit-before-answer")
        except OSError as error:
            if not self.trouble:
                logger.error("records refused, the log cannot be written: %s", error)
            self.trouble = f"Records are refused: {error.strerror or error}."
            return [error] * len(batch)
        except Exception as error:
            logger.exception("a group commit failed")
            return [error] * len(batch)
        return outcomes

    def _sorted_out(
        self, batch: list[_Submission]
    ) -> tuple[list[bytes | Exception], list[_Submission]]:
        """The outcome of each submission, and those that bring something new."""
        outcomes: list[bytes | Exception] = []
        fresh: list[_Submission] = []
        keyed_here: dict[tuple[str, str], KeyedAnswer] = {}
        for submission in batch:
            given = self._given(submission.keyed, keyed_here)
            if given is None:
                fresh.append(submission)
                outcomes.append(submission.keyed.answer if submission.keyed else b"")
            else:
                outcomes.append(_repeated(given, submission.keyed))
                self._counts.add("repeats")
        return outcomes, fresh

    def _given(
        self, keyed: KeyedAnswer | None, keyed_here: dict[tuple[str, str], KeyedAnswer]
    ) -> KeyedAnswer | None:
        """The earlier answer, from this very batch or from the log."""
        if keyed is None:
            return None
        name = (keyed.source, keyed.key)
        given = keyed_here.get(name) or self._log.answer(
            source=keyed.source, key=keyed.key, now=keyed.at
        )
        keyed_here.setdefault(name, keyed)
        return given


def _repeated(given: KeyedAnswer, keyed: KeyedAnswer | None) -> bytes | Exception:
    if keyed is not None and keyed.body_sha256 != given.body_sha256:
        return KeyReused(
            "this Idempotency-Key was used for a different body",
            advice="Use a new key for each new batch; repeat a key only with the same bytes.",
        )
    return given.answer


def _resolve(batch: list[_Submission], outcomes: list[bytes | Exception]) -> None:
    for submission, outcome in zip(batch, outcomes, strict=True):
        if submission.done.done():  # the sender went away meanwhile
            continue
        if isinstance(outcome, Exception):
            submission.done.set_exception(outcome)
        else:
            submission.done.set_result(outcome)
