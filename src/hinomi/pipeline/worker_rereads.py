"""The worker puts in what was read again: it alone writes findings and lists files of the lake.

First the findings, a few at a time between two batches of the stream; then, in one transaction, the
new files take the old one's place. Begun again after a kill, both give the same.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.columns.parquet import is_whole
from hinomi.core import crash
from hinomi.core.errors import StoreDamaged
from hinomi.pipeline.worker_engine import HELD
from hinomi.store.finding_json import decode_finding
from hinomi.store.rereads import all_rereads

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.store.pipeline_writer import PipelineWriter
    from hinomi.store.rereads import RereadFolder, RereadPart

FINDINGS_AT_ONCE = 200  # about 20 ms, each second: the stream's findings wait no longer
logger = logging.getLogger(__name__)


class RereadIntake:
    """Remembers how many findings of the present part are in."""

    def __init__(self, data: Path, *, store: PipelineWriter) -> None:
        """`data` is DATA."""
        self._data, self._store = data, store
        self._lake = data / "lake"
        self._present: tuple[Path, RereadPart] | None = None
        self._taken = 0

    def take(self, *, held: frozenset[str] = frozenset()) -> bool:
        """Go one step on; False when nothing waits. Findings of held rules open no incident."""
        if not self._store.may_tidy:
            return False
        for folder in all_rereads(self._data):
            for path in folder.parts():
                part = self._part(folder, path)
                if part is not None:
                    self._step(folder, path, part, held)
                    return True
        return False

    def _part(self, folder: RereadFolder, path: Path) -> RereadPart | None:
        if self._present is not None and self._present[0] == path:
            return self._present[1]
        try:
            part = folder.part_at(path)
        except StoreDamaged as error:
            logger.error("a part of what was read again is left out: %s", error)
            path.rename(path.with_suffix(".damaged"))
            return None
        self._present, self._taken = (path, part), 0
        return part

    def _step(
        self, folder: RereadFolder, path: Path, part: RereadPart, held: frozenset[str]
    ) -> None:
        if self._taken < len(part.findings) and self._store.may_replace(part):
            some = part.findings[self._taken : self._taken + FINDINGS_AT_ONCE]
            findings = [decode_finding(text) for text in some]
            findings = [
                replace(one, silenced_by=HELD) if one.rule_id in held else one for one in findings
            ]
            self._taken += len(some)
            self._store.commit_hunted(f"reread-{folder.id}", findings, taken_bytes=self._taken)
            return
        crash.point("worker:before-reread")
        is_in = all(is_whole(self._lake / row.file) for row in part.files)
        is_in = is_in and self._store.commit_reread(part)
        crash.point("worker:after-reread")
        self._tidy(part)
        path.unlink()
        self._present = None
        logger.info("read again: %s%s", part.removed, "" if is_in else " is gone meanwhile")

    def _tidy(self, part: RereadPart) -> None:
        """What is not listed is nobody's: the old file, or the new ones when the old one went."""
        listed = self._store.listed_files()
        for name in (part.removed, *(row.file for row in part.files)):
            if name not in listed:
                (self._lake / name).unlink(missing_ok=True)
