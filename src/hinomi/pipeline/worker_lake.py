"""The worker's way into the lake: files are written beside detection, listed in between batches.

Writing takes up to a second and must not delay findings, so it has a thread of its own; only the
worker's own thread touches the pipeline store.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.store.lake_writer import discard, write_bundle
from hinomi.store.sqlite import DatabaseError, is_disk_trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hinomi.core.clock import Clock
    from hinomi.core.records import Event, SetAside
    from hinomi.store.lake_writer import Bundle, LakeBuffer
    from hinomi.store.pipeline_rows import LakeWork
    from hinomi.store.pipeline_writer import PipelineWriter

RETRY_S = 5.0  # after a full disk
logger = logging.getLogger(__name__)


class LakeSink:
    """One buffer that gathers, at most one bundle that is being written."""

    def __init__(
        self, *, buffer: LakeBuffer, folder: Path, store: PipelineWriter, clock: Clock
    ) -> None:
        """`folder` is DATA/lake."""
        self._buffer, self._folder, self._store, self._clock = buffer, folder, store, clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake")
        self._bundle: Bundle | None = None
        self._job: Future[LakeWork] | None = None
        self._retry_at = 0.0

    @property
    def has_room(self) -> bool:
        """False while a full buffer waits for the disk: then nothing more is read from the log."""
        return self._bundle is None or not self._buffer.is_full

    def add(
        self,
        records: Sequence[Event | SetAside],
        *,
        offsets: Mapping[int, int],
        monotonic: float,
    ) -> None:
        """Gather the records of a batch; `offsets` is the last of each partition in it."""
        self._buffer.add(records, offsets=offsets, monotonic=monotonic)

    def tend(self, *, monotonic: float) -> None:
        """List what is written, begin to write what is due. LeaseLost as `commit_lake`."""
        if self._job is not None and self._job.done():
            self._list(self._job, monotonic=monotonic)
        if self._job is not None or monotonic < self._retry_at:
            return
        if self._bundle is None and self._buffer.is_due(monotonic=monotonic):
            self._bundle = self._buffer.take()
        if self._bundle is not None:
            self._begin(self._bundle)

    def finish(self) -> None:
        """At a clean stop: write and list everything. A disk that is full leaves it to the log."""
        if self._job is not None:
            self._job.exception()
            self._list(self._job, monotonic=0.0)
        if self._bundle is None and self._buffer.rows:
            self._bundle = self._buffer.take()
            self._begin(self._bundle)
            self.finish()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _begin(self, bundle: Bundle) -> None:
        now = self._clock.now()
        self._job = self._thread.submit(write_bundle, bundle, folder=self._folder, now=now)

    def _list(self, job: Future[LakeWork], *, monotonic: float) -> None:
        self._job = None
        try:
            work = job.result()
            crash.point("worker:lake-before-manifest")
            self._commit(work)
            crash.point("worker:lake-after-manifest")
            self._bundle = None
        except (OSError, DatabaseError) as error:
            if isinstance(error, DatabaseError) and not is_disk_trouble(error):
                raise
            logger.error("the lake cannot be written, trying again: %s", error)
            self._retry_at = monotonic + RETRY_S

    def _commit(self, work: LakeWork) -> None:
        try:
            self._store.commit_lake(work)
        except BaseException:
            discard(work, folder=self._folder)
            raise
