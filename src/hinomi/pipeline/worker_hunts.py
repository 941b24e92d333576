"""The worker takes in what finished hunts hand on: it alone writes findings (ADR 0018).

A little at a time between two batches of the stream, and where it stopped is saved with it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core import crash
from hinomi.core.errors import StoreDamaged
from hinomi.pipeline.worker_engine import HELD
from hinomi.store.hunts import all_hunts

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.store.hunts import HuntFolder
    from hinomi.store.pipeline_writer import PipelineWriter

FINDINGS_AT_ONCE = 200  # about 20 ms, each second: the stream's findings wait no longer
logger = logging.getLogger(__name__)


class HuntIntake:
    """Remembers which hunts have nothing more to give."""

    def __init__(self, data: Path, *, store: PipelineWriter) -> None:
        """`data` is DATA."""
        self._data, self._store = data, store
        self._done: set[str] = set()

    def take(self, *, held: frozenset[str] = frozenset()) -> int:
        """Take in the next findings of one hunt; returns how many were new. Those of held rules
        are kept and open no incident, as in the stream."""
        if not self._store.may_tidy:
            return 0
        for folder in all_hunts(self._data):
            if folder.id not in self._done:
                taken = self._take_from(folder, held)
                if taken is not None:
                    return taken
        return 0

    def _take_from(self, folder: HuntFolder, held: frozenset[str]) -> int | None:
        """None when there is nothing to take."""
        try:
            handed = folder.handed_on
            if handed is None:
                return None
            start = self._store.hunted_bytes(folder.id)
            if start >= handed.size_bytes:
                self._done.add(folder.id)
                return None
            findings, end = folder.findings_at(start, end=handed.size_bytes, most=FINDINGS_AT_ONCE)
        except (StoreDamaged, OSError) as error:
            self._done.add(folder.id)
            logger.error("the findings of hunt %s cannot be taken in: %s", folder.id, error)
            return None
        findings = [
            replace(one, silenced_by=HELD) if one.rule_id in held else one for one in findings
        ]
        crash.point("worker:before-hunted")
        written = self._store.commit_hunted(folder.id, findings, taken_bytes=end)
        crash.point("worker:after-hunted")
        logger.info("hunt %s: %d findings taken in, %d new", folder.id, len(findings), written)
        return written
