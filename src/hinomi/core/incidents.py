"""An incident (案件) as triage sees it, and the decisions triage can take. Pure values.

The portal maps its rows to `IncidentFacts`, asks `hinomi.triage.decide`, and carries out the
decisions in one transaction with its cursor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """An open incident of one organisation. `group_key` is unique per organisation while open.

    `merged_keys` are further keys a person merged into it; `split_keys` keys a person took out:
    findings with those keys never join it again.
    """

    id: int
    kind: str
    group_key: str
    level: ActionLevel
    certainty: Certainty
    disposition: Disposition
    state: IncidentState
    opened_at: datetime
    last_event_at: datetime
    merged_keys: tuple[str, ...] = ()
    split_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the findings of one alert mean for a person. `reasons` are English codes for the console
    and the 判断の控え, in the order they were applied."""

    kind: str
    group_key: str
    level: ActionLevel
    certainty: Certainty
    disposition: Disposition
    device: str
    first_event_at: datetime
    last_event_at: datetime
    count: int
    late: bool
    slots: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Open a new incident. `notify` False: shown and counted, but nobody is written to."""

    judgement: Judgement
    finding_ids: tuple[str, ...]
    notify: bool


@dataclass(frozen=True, slots=True)
class JoinIncident:
    """Add findings to an open incident. `notify` True only when the person must act differently."""

    incident_id: int
    judgement: Judgement
    finding_ids: tuple[str, ...]
    notify: bool


Decision = OpenIncident | JoinIncident
