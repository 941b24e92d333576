"""What detection found and why: the hand-over from the data path to triage and people."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 - stores read these annotations at run time
from dataclasses import dataclass
from datetime import datetime, timedelta

from hinomi.core.words import ActionLevel, Certainty, Disposition, Level  # noqa: TC001

LATE_AFTER = timedelta(hours=24)  # an event older than that is `late`: architecture §7, Time


@dataclass(frozen=True, slots=True)
class Why:
    """One reason a rule fired: in which selection, which field held which value, what was asked.

    `field` is "" for a keyword search; `pattern` is the rule's own text with its modifiers, e.g.
    `endswith: \\powershell.exe`. `value` is cut at 1,000 characters.
    """

    selection: str
    field: str
    value: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event kept with the finding, so that it explains itself after the lake has expired."""

    event_id: str
    event_time: datetime
    fields: Mapping[str, str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule fired (OCSF Detection Finding). `id` is stable: a replay writes the same id again.

    `case` names the customer text and the grouping (`malware`, `brute_force` …; "" when the rule
    brings none). `late` marks an event older than 24 h at arrival. `slots` are the rule's own text
    slots, filled from event fields (plain text, never markup). `certainty`, `action` and `group_by`
    ("device", "user", "source_ip", "organisation") are what the rule itself says of its hits; None
    and "" leave it to triage. An `action` here is meant for every disposition: a C2 connection the
    firewall stopped still means an infected PC. `indicators` is the set of indicators in use then.
    `silenced_by` says what keeps it from becoming an incident ("held": its rule is held as noisy);
    such a finding is kept all the same.
    """

    id: str
    organisation: str
    source: str
    rule_id: str
    rule_title: str
    level: Level
    event_time: datetime
    receive_time: datetime
    device: str
    user: str
    case: str
    disposition: Disposition
    tags: tuple[str, ...]
    why: tuple[Why, ...]
    evidence: tuple[Evidence, ...]
    slots: Mapping[str, str]
    late: bool
    rule_pack: str
    directory_generation: int
    certainty: Certainty | None = None
    action: ActionLevel | None = None
    group_by: str = ""
    rule_title_ja: str = ""
    indicators: str = ""
    silenced_by: str = ""


def finding_id(*, rule_id: str, event_id: str) -> str:
    """32 hex digits; equal rule and event give an equal id, so inserts can ignore repeats."""
    return hashlib.sha256(f"{rule_id}\0{event_id}".encode()).hexdigest()[:32]
