"""Every ten minutes the worker tidies the lake: torn, unlisted and expired files.

And the days of sources that no report needs any more.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.pipeline.agreed_days import shape_days
from hinomi.store.health_rows import KEPT_DAYS
from hinomi.store.lake_sweep import (
    delete_files,
    expired_files,
    quarantine_torn,
    sweep_unlisted,
)
from hinomi.store.rereads import promised_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from hinomi.core.directory import Directory
    from hinomi.store.pipeline_writer import PipelineWriter

EVERY_S = 600.0
_CHECKED_AT_ONCE = 500  # footers per round, so that a round stays short
logger = logging.getLogger(__name__)


class Tidy:
    """Remembers when it last ran and which files it has found whole."""

    def __init__(self, folder: Path, *, store: PipelineWriter) -> None:
        """`folder` is DATA/lake."""
        self._folder, self._store = folder, store
        self._due_at = 0.0
        self._whole: set[str] = set()

    def when_due(
        self, *, monotonic: float, directory: Callable[[], Directory], today: date
    ) -> None:
        """The first round comes at once: a file torn while we were away is known early."""
        if monotonic < self._due_at or not self._store.may_tidy:
            return
        self._due_at = monotonic + EVERY_S
        self._check()
        self._store.forget_days(before=today - timedelta(days=KEPT_DAYS))
        present = directory()
        days = {each.id: each.retention_days for each in present.organisations}
        rows = self._store.manifest_rows()
        expired = expired_files(
            rows, retention_days=days, today=today, shape_days=shape_days(present)
        )
        if expired:
            delete_files(self._folder, store=self._store, files=expired)
            logger.info("%d files of the lake were past retention", len(expired))
        listed = self._store.listed_files() | promised_files(self._folder.parent)
        # File times come from the machine's clock, also where a rehearsal moves ours.
        swept = sweep_unlisted(self._folder, listed=listed, machine_time=time.time())
        if swept:
            logger.info("%d unlisted files swept from the lake", len(swept))

    def _check(self) -> None:
        names = {row.file for row in self._store.manifest_rows()}
        unseen = sorted(names - self._whole)[:_CHECKED_AT_ONCE]
        torn = quarantine_torn(self._folder, store=self._store, files=unseen)
        self._whole |= set(unseen) - set(torn)
