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

    `merged_keys` are further keys merged into it (by a person or by triage); `split_keys` keys a
    person took out: findings with those keys never join it again. `recent_event_times` are the
    newest event times of a case judged by its number (failed sign-ins); empty for the others.
    `id` 0: not opened yet, only counted so far.
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
    first_event_at: datetime | None = None
    device: str = ""
    recent_event_times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the findings of one alert mean for a person. `reasons` are English codes for the console
    and the 判断の控え, in the order they were applied. `group_key` is the incident's; `other_keys`
    are keys of alerts that joined it for another reason, to be remembered as merged. `count` is
    the number of findings in this decision."""

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
    other_keys: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class KeepCounting:
    """Nothing for a person yet (one failed sign-in is a typing mistake): keep the findings."""

    judgement: Judgement
    finding_ids: tuple[str, ...]


Decision = OpenIncident | JoinIncident | KeepCounting
