"""What a hunt was asked, what it reads and how far it is: values, no files here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - read at run time when a stored hunt is decoded
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose events, and of which event times: `since` is included, `until` is not."""

    organisations: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """One file of the lake. `organisations` are those whose rows in it may be read, `records` how
    many they have there."""

    file: str
    shape: str
    records: int
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a hunt stands: the next row group of the next portion."""

    portion: int = 0
    group: int = 0


@dataclass(frozen=True, slots=True)
class HuntOrder:
    """One hunt as ordered. `rules` are paths or rule ids, `indicators` are `kind:value`,
    `indicator_set` a compiled file of DATA/intel. `hands_on`: at the end its findings go to the
    worker, and so to incidents.
    """

    id: str
    ordered_at: datetime
    scope: Scope
    rules: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    indicator_set: str = ""
    most_findings: int = 10_000
    hands_on: bool = False


@dataclass(frozen=True, slots=True)
class HuntPlan:
    """What its first run made of an order: the lake as it was then, and the hash of what is hunted
    for. A hunt that went on with other rules would find neither what the old nor what the new ones
    find. `notes` are sentences on what is not hunted for."""

    version: str
    portions: tuple[Portion, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def records(self) -> int:
        """How many records there are to look at, at most."""
        return sum(portion.records for portion in self.portions)


@dataclass(frozen=True, slots=True)
class HuntProgress:
    """What is done for certain. `rows` were in scope, `read` of them were looked at whole;
    `findings` are kept, `beyond` were only counted; `size_bytes` of the findings file are valid.
    `hits` of rules that feed a correlation wait in `hits_bytes` of their own file until
    `is_joined`: then what they show together is among the findings.
    """

    reached: Position = Position()
    rows: int = 0
    read: int = 0
    findings: int = 0
    beyond: int = 0
    size_bytes: int = 0
    faults: tuple[str, ...] = ()
    hits: int = 0
    hits_bytes: int = 0
    is_joined: bool = False


class HuntState(StrEnum):
    """`stopped` can go on: a person stopped it, or its process died."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class HuntTrouble(StrEnum):
    """What kept a hunt from its end."""

    UNKNOWN_RULE = "unknown_rule"
    NO_RULE = "no_rule"  # nothing of what was named can be loaded
    UNKNOWN_COMPANY = "unknown_company"  # it is no customer any more
    CHANGED = "changed"  # the rules or indicators, since the hunt began
    DAMAGED = "damaged"  # what the hunt had written
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class HuntEnd:
    """How the last run of a hunt ended. `detail` says why it failed, in English."""

    state: HuntState
    at: datetime
    detail: str = ""
    trouble: HuntTrouble | None = None
