"""What the pipeline knows of a company's sources, read from its own store, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from hinomi.store.pipeline_rows import SeenDevice, SetAsideCount, SourceStatus


def statuses(organisation_id: str) -> dict[str, SourceStatus]:
    """Per source id what has arrived; empty before the tower's first start."""
    reader = _reader()
    if reader is None:
        return {}
    with reader:
        return reader.source_status(organisation_id)


def devices(organisation_id: str) -> list[SeenDevice]:
    """Machines that named themselves in records, most recent first."""
    reader = _reader()
    if reader is None:
        return []
    with reader:
        return reader.seen_devices(organisation_id)


def unreadable(organisation_id: str) -> list[SetAsideCount]:
    """Unreadable records per source, day and reason."""
    reader = _reader()
    if reader is None:
        return []
    with reader:
        return reader.set_aside_counts(organisation_id)


def _reader() -> PipelineReader | None:
    try:
        return PipelineReader(configuration().data / FILE_NAME)
    except FileNotFoundError:
        return None
