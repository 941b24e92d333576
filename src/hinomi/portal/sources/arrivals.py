"""What the pipeline knows of companies' sources, read from its own store, never written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration, now
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from hinomi.store.health_rows import SourceDay, SourceHealth
    from hinomi.store.lan_rows import LanDevice
    from hinomi.store.pipeline_rows import SeenDevice, SetAsideCount, SourceStatus


@dataclass(frozen=True, slots=True)
class Known:
    """Status and health of the sources of some companies, by source id."""

    statuses: Mapping[str, SourceStatus] = field(default_factory=dict)
    health: Mapping[str, SourceHealth] = field(default_factory=dict)


def known(organisation_ids: Iterable[str]) -> Known:
    """Of all these companies at once, in two queries; empty before the tower's first start."""
    companies, reader = sorted(set(organisation_ids)), _reader()
    if reader is None:
        return Known()
    with reader:
        health = reader.health(companies, now=now())
        return Known(
            statuses=reader.statuses(companies),
            health={source: each for (_, source), each in health.items()},
        )


def statuses(organisation_id: str) -> Mapping[str, SourceStatus]:
    """Per source id what has arrived; empty before the tower's first start."""
    return known([organisation_id]).statuses


def days(organisation_id: str, *, back: int) -> list[SourceDay]:
    """The company's sources by receive day, today and so many days back, oldest first."""
    today = now().astimezone(UTC).date()
    return days_between(organisation_id, since=today - timedelta(days=back), until=today)


def days_between(organisation_id: str, *, since: date, until: date) -> list[SourceDay]:
    """The company's sources by receive day, both days included, oldest first."""
    reader = _reader()
    if reader is None:
        return []
    with reader:
        return reader.source_days([organisation_id], since=since, until=until)


def awake(*, since: datetime, until: datetime) -> dict[datetime, int]:
    """The minutes (a bit each) of each hour in which all our parts were awake; about us alone."""
    reader = _reader()
    if reader is None:
        return {}
    with reader:
        hours = reader.awake(since=since.replace(minute=0, second=0, microsecond=0), until=until)
    return {each.hour: each.collect_minutes & each.worker_minutes for each in hours}


def devices(organisation_id: str) -> list[SeenDevice]:
    """Machines that named themselves in records, most recent first."""
    reader = _reader()
    if reader is None:
        return []
    with reader:
        return reader.seen_devices(organisation_id)


def lan_devices(organisation_id: str) -> list[LanDevice]:
    """What the company's relays hear around them, heard last first."""
    reader = _reader()
    if reader is None:
        return []
    with reader:
        return reader.lan_devices(organisation_id)


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
