"""Values that go into and come out of the pipeline store; no SQL here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - read at run time when a stored row is decoded
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.core.findings import Finding
    from hinomi.core.state import StateKey
    from hinomi.store.health_rows import HealthWork


@dataclass(frozen=True, slots=True)
class Offsets:
    """How far a partition is: findings made, and kept in listed files."""

    detect: int = 0
    lake: int = 0


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What a source has sent so far. Counts are since ever; texts are cut samples for a person.

    `last_alive` is the newest receive time of a readable record that was not late: only such a
    record proves that the source works.
    """

    organisation: str
    source: str
    records: int
    readable: int
    set_aside: int
    last_receive: datetime
    last_alive: datetime | None = None
    last_event: datetime | None = None
    first_readable_at: datetime | None = None
    first_readable: str = ""
    last_set_aside_at: datetime | None = None
    last_set_aside_reason: str = ""
    last_set_aside_detail: str = ""
    last_set_aside: str = ""


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A machine that named itself in a record."""

    organisation: str
    device: str
    source: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class SetAsideCount:
    """Unreadable records of one source, day and reason."""

    organisation: str
    source: str
    receive_day: date
    reason: str
    records: int


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What one file of the lake holds of one organisation. `file` is relative to DATA/lake."""

    file: str
    organisation: str
    shape: str
    receive_day: date
    records: int
    size_bytes: int
    min_event_time: datetime
    max_event_time: datetime
    min_receive_time: datetime
    max_receive_time: datetime


@dataclass(frozen=True, slots=True)
class StateRow:
    """A memory as it shall be: `body` None forgets it. `expires` is event time, aware UTC."""

    key: StateKey
    body: bytes | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class DetectWork:
    """All that one batch changes, for one transaction. `offsets` is the last offset read.

    `reached`: organisation → its event time; memories that expire before are removed.
    """

    offsets: Mapping[int, int]
    findings: Sequence[Finding] = ()
    sources: Sequence[SourceStatus] = ()
    set_aside: Sequence[SetAsideCount] = ()
    devices: Sequence[SeenDevice] = ()
    state: Sequence[StateRow] = ()
    reached: Mapping[str, datetime] = field(default_factory=dict)
    health: HealthWork | None = None


@dataclass(frozen=True, slots=True)
class LakeWork:
    """Files that are whole on disk, and how far they bring each partition."""

    offsets: Mapping[int, int]
    files: Sequence[ManifestRow] = field(default_factory=tuple)
