"""The worker's loop: log → records → findings in one transaction, and the same records → lake.

Two offsets per partition: findings are ahead, the lake follows. After a restart the log is read
again from the lake's offset; what already has its findings is not matched a second time.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.records import Event
from hinomi.core.words import SetAsideReason
from hinomi.normalise import AuditJoiner, VerdictUpdates, behind
from hinomi.pipeline.worker_engine import set_aside
from hinomi.pipeline.worker_health import HealthWatch
from hinomi.pipeline.worker_probe import find_killers
from hinomi.pipeline.worker_tally import tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from hinomi.core.findings import Finding
    from hinomi.core.records import SetAside
    from hinomi.core.transport import LoggedRecord, LogReader
    from hinomi.pipeline.worker_engine import Engine
    from hinomi.pipeline.worker_lake import LakeSink
    from hinomi.store.keyed_state import DurableState
    from hinomi.store.pipeline_rows import DetectWork
    from hinomi.store.pipeline_writer import PipelineWriter

BATCH_ROWS = 5_000
BATCH_BYTES = 16 << 20  # of raw records; a batch of large ones must not fill the memory
DEATHS = 2  # at the same place, before records are read one by one in a child process
CAREFUL_ROWS = 200  # per partition and commit then, so that every step forward is kept
logger = logging.getLogger(__name__)


class Watch:
    """Reads all partitions this worker holds, batch by batch. One thread."""

    def __init__(
        self,
        *,
        store: PipelineWriter,
        log: LogReader,
        lake: LakeSink,
        engine: Engine,
        state: DurableState,
        probe_command: Sequence[str],
        text_of_raw: Callable[[bytes], str],
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`guard` surrounds reading and matching: a reader that hangs must die, not block.

        `engine` may be replaced between two steps. `state` is what it remembers between them.
        So may `awaited`: the names of tries that are out, and whose they are.
        """
        self.engine = engine
        self._state = state
        self._joiner = AuditJoiner(state)
        self._updates = VerdictUpdates(state)
        self._store, self._log, self._lake = store, log, lake
        self._probe_command, self._text_of_raw, self._guard = probe_command, text_of_raw, guard
        self._health = HealthWatch(store.volume_of)
        self.awaited: Mapping[str, str] = {}
        self._positions: dict[int, int] = {}
        self._detected: dict[int, int] = {}
        self._killers = store.killers()

    def take_up(self, partitions: Iterable[int]) -> None:
        """Begin where the last owner of newly claimed partitions stopped."""
        offsets = self._store.offsets()
        for partition in partitions:
            self._detected[partition] = offsets[partition].detect
            self._positions[partition] = min(offsets[partition].detect, offsets[partition].lake)
        self._killers = self._store.killers()
        self._forget()  # the last owner may have written since we last held them

    def step(self, *, monotonic: float) -> int:
        """One batch; returns how many records it had, 0 when nothing waits.

        Raises LeaseLost (end this worker) and the store's error when the disk is full (try again:
        nothing was counted as done).
        """
        batch = self._next_batch() if self._lake.has_room else []
        if not batch:
            return 0
        batch = self._prepare(batch)
        try:
            with self._guard():
                records, findings = self._work(batch)
            crash.point("worker:after-read")
            self._commit(batch, records, findings=findings)
        except BaseException:
            self._forget()  # the batch will be read again and must not be counted twice
            raise
        offsets = {logged.partition: logged.offset for logged in batch}
        self._lake.add(records, offsets=offsets, monotonic=monotonic)
        self._positions.update(offsets)
        return len(batch)

    def _next_batch(self) -> list[LoggedRecord]:
        batch: list[LoggedRecord] = []
        size = 0
        for chunk in self._log.read(offsets=self._positions, limit=BATCH_ROWS):
            batch += chunk.records
            size += sum(len(logged.record.raw) for logged in chunk.records)
            if size >= BATCH_BYTES:
                break
        return batch

    def _is_new(self, logged: LoggedRecord) -> bool:
        return logged.offset > self._detected[logged.partition]

    def _prepare(self, batch: list[LoggedRecord]) -> list[LoggedRecord]:
        """Note the attempt; where two ended in death, find the killers first."""
        ranges = _ranges(filter(self._is_new, batch))
        if not ranges:
            return batch
        tries = self._store.note_attempts(ranges)
        suspects = {partition for partition, count in tries.items() if count > DEATHS}
        return self._careful(batch, suspects) if suspects else batch

    def _careful(self, batch: list[LoggedRecord], suspects: set[int]) -> list[LoggedRecord]:
        logger.warning("the worker died %d times here; reading one by one: %s", DEATHS, suspects)
        ends = {p: self._detected[p] + CAREFUL_ROWS for p in suspects}
        kept = [each for each in batch if each.offset <= ends.get(each.partition, each.offset)]
        unread = [
            each
            for each in kept
            if each.partition in suspects
            and self._is_new(each)
            and (each.partition, each.offset) not in self._killers
        ]
        for killer, detail in find_killers(unread, command=self._probe_command):
            place = (killer.partition, killer.offset)
            logger.error("record %s set aside: its reader %s", killer.record.event_id, detail)
            self._store.note_killer(partition=place[0], offset=place[1], detail=detail)
            self._killers[place] = detail
        return kept

    def _work(self, batch: Sequence[LoggedRecord]) -> tuple[list[Event | SetAside], list[Finding]]:
        """Everything is read before anything is matched: rules cost far less on many events."""
        engine = self.engine
        records = [self._read(logged, engine) for logged in batch]
        new = [
            record
            for logged, record in zip(batch, records, strict=True)
            if isinstance(record, Event) and self._is_new(logged)
        ]
        return records, engine.find(self._with_joined(new))

    def _with_joined(self, events: Sequence[Event]) -> Sequence[Event]:
        """Records that cannot be joined are still matched one by one."""
        try:
            joined = self._joiner.join((event.source, event) for event in events)
            return behind(self._updates.settle(events), joined)
        except Exception:
            logger.exception("joining failed in a batch of %d events", len(events))
            return events

    def _read(self, logged: LoggedRecord, engine: Engine) -> Event | SetAside:
        killed = self._killers.get((logged.partition, logged.offset))
        if killed is not None:
            return set_aside(logged.record, SetAsideReason.CRASHED_READER, killed)
        return engine.read(logged.record)

    def _commit(
        self,
        batch: Sequence[LoggedRecord],
        records: Sequence[Event | SetAside],
        *,
        findings: Sequence[Finding],
    ) -> None:
        new = [r for logged, r in zip(batch, records, strict=True) if self._is_new(logged)]
        if not new:
            return
        offsets = {each.partition: each.offset for each in batch if self._is_new(each)}
        work = tally(new, findings=findings, offsets=offsets, text_of_raw=self._text_of_raw)
        health = self._health.look(new, findings=findings, awaited=self.awaited)
        work = replace(self._with_state(work), health=health)
        crash.point("worker:before-commit")
        self._store.commit_detect(work)
        crash.point("worker:after-commit")
        self._state.kept()
        self._detected.update(offsets)

    def _with_state(self, work: DetectWork) -> DetectWork:
        """What the batch left in memory goes into its transaction."""
        reached: dict[str, datetime] = {}
        for correlator in self.engine.correlators:
            reached |= correlator.flush()
        return replace(work, state=self._state.changes(), reached=reached)

    def _forget(self) -> None:
        """From now on only what is on disk counts."""
        for correlator in self.engine.correlators:
            correlator.forget()
        self._state.forget()
        self._health.forget()


def _ranges(records: Iterable[LoggedRecord]) -> Mapping[int, tuple[int, int]]:
    """First and last offset per partition."""
    ranges: dict[int, tuple[int, int]] = {}
    for logged in records:
        first = ranges.get(logged.partition, (logged.offset, 0))[0]
        ranges[logged.partition] = (first, logged.offset)
    return ranges
