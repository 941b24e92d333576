"""The worker's memory between events: the keyed state, its limits, and what was lost to them.

Losses are counted and written to `run/memory.json`, for /metrics; nothing is forgotten silently.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from hinomi.detect.correlate import Counts
from hinomi.store.keyed_state import DurableState

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.store.pipeline_writer import PipelineWriter

FILE_NAME = "run/memory.json"
_LOSSES = ("late_hits", "dropped_hits", "shed_memories")
SHED_S = 300.0  # counting a million memories takes a tenth of a second
logger = logging.getLogger(__name__)


class Memory:
    """`state` is handed to whoever remembers; `counts` to the correlators, one after the other."""

    def __init__(self, store: PipelineWriter, *, data: Path) -> None:
        self.state = DurableState(store.state_of)
        self.counts = Counts()
        self._store, self._path = store, data / FILE_NAME
        self._shed = 0
        self._shed_at = 0.0
        self._told: dict[str, int] = {}

    def tend(self, *, monotonic: float) -> None:
        """Keep within the limits, and say what that cost. Call it about once a second."""
        if monotonic - self._shed_at >= SHED_S:
            self._shed_at = monotonic
            for organisation, count in self._store.shed_state().items():
                logger.warning("%s has too many memories; %d oldest forgotten", organisation, count)
                self._shed += count
        told = (self.counts.late.total(), self.counts.dropped.total(), self._shed)
        lost = dict(zip(_LOSSES, told, strict=True))
        if lost != self._told:
            self._told = lost
            temporary = self._path.with_suffix(".tmp")
            temporary.write_text(json.dumps(lost))
            temporary.replace(self._path)


def read_losses(data: Path) -> dict[str, int]:
    """What the running worker has lost to its limits since it started; zeros before the first."""
    try:
        found = json.loads((data / FILE_NAME).read_text())
    except (OSError, ValueError):
        found = {}
    return {name: int(found.get(name, 0)) for name in _LOSSES}
