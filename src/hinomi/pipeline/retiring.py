"""When the log's segments may go: a day after findings and lake have both passed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.store.log import retire
from hinomi.store.pipeline import PipelineReader

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def retire_consumed(data: Path, *, now: datetime) -> list[str]:
    """Delete the log segments that findings and lake have both passed 24 h ago."""
    try:
        with PipelineReader(data / "pipeline.sqlite") as pipeline:
            offsets = pipeline.offsets()
    except FileNotFoundError:  # the worker has never run
        return []
    consumed = {partition: min(at.detect, at.lake) for partition, at in offsets.items()}
    return retire(data / "log", consumed=consumed, now=now)
