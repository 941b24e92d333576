"""The SQL of rule packs: how often rules fired at some companies, what is held, what a hash meant.

Writes belong into a transaction of the pipeline store's writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from sqlite3 import Connection

_COLUMNS = "rule_id, digest, title, pack, version, held_at, reason, companies, measured, most"


@dataclass(frozen=True, slots=True)
class HeldRule:
    """`reason` is one of pipeline.packs.noise.Reason; `companies` is how many, never which."""

    rule_id: str
    digest: str
    title: str
    pack: str
    version: str
    held_at: datetime
    reason: str
    companies: int
    measured: int
    most: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """Findings of one rule at one company in one event-hour, those beyond the hourly bound too."""

    organisation: str
    rule_id: str
    event_hour: str
    findings: int


def held_rules(db: Connection) -> list[HeldRule]:
    """The newest first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM held_rules ORDER BY held_at DESC, rule_id")  # noqa: S608
    return [_held(row) for row in rows]


def write_held(db: Connection, rules: Iterable[HeldRule]) -> int:
    """Returns how many were not held before."""
    written = 0
    for one in rules:
        values = (one.rule_id, one.digest, one.title, one.pack, one.version)
        measured = (one.held_at.isoformat(), one.reason, one.companies, one.measured, one.most)
        done = db.execute(
            "INSERT INTO held_rules VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            (*values, *measured),
        )
        written += done.rowcount
    return written


def hour_counts(db: Connection, organisations: Sequence[str], *, since: str) -> list[HourCount]:
    """From the event-hour `since` (`2026-11-21T09`) on."""
    rows = db.execute(
        "SELECT organisation, rule_id, event_hour, sum(written + beyond) FROM finding_counts"  # noqa: S608
        f" WHERE organisation IN ({_places(organisations)}) AND event_hour >= ?"
        " GROUP BY organisation, rule_id, event_hour",
        (*organisations, since),
    )
    return [HourCount(row[0], row[1], row[2], int(row[3])) for row in rows]


def device_counts(db: Connection, organisations: Sequence[str], *, since: str) -> Mapping[str, int]:
    """How many machines of each company named themselves since then; absent where none did."""
    rows = db.execute(
        "SELECT organisation, count(*) FROM seen_devices"  # noqa: S608 - only our own marks
        f" WHERE organisation IN ({_places(organisations)}) AND last_seen >= ?"
        " GROUP BY organisation",
        (*organisations, since),
    )
    return {organisation: int(count) for organisation, count in rows}


def note_book(db: Connection, rule_pack: str, *, packs: str, rules: int, at: str) -> None:
    """The first time counts."""
    db.execute(
        "INSERT INTO rule_books VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
        (rule_pack, packs, rules, at),
    )


def _held(row: Sequence[str]) -> HeldRule:
    """In the order of _COLUMNS."""
    rule_id, digest, title, pack, version, held_at, reason, *numbers = row
    companies, measured, most = map(int, numbers)
    return HeldRule(
        rule_id=rule_id,
        digest=digest,
        title=title,
        pack=pack,
        version=version,
        held_at=datetime.fromisoformat(held_at),
        reason=reason,
        companies=companies,
        measured=measured,
        most=most,
    )


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
