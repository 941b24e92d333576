"""判断の控え: what was decided without a person, on which facts, in whose words. Hash-chained."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import DecisionRecord

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident

_FIRST = "0" * 64


class DecisionKind(StrEnum):
    """What can be decided without a person; queries/words.py has the Japanese of each."""

    CLOSED_AFTER_QUIET_DAY = "closed_after_quiet_day"
    CLOSED_WHEN_READ = "closed_when_read"
    EXPLAINED_BY_UPDATE = "explained_by_update"
    FINDING_SILENCED = "finding_silenced"
    MASS_SILENCE_DROPPED = "mass_silence_dropped"
    MASS_SILENCE_HELD = "mass_silence_held"
    MASS_SILENCE_SPOKE = "mass_silence_spoke"
    MASS_SILENCE_TOLD = "mass_silence_told"
    NO_ACTION_NEEDED = "no_action_needed"
    NOTICE_SUPPRESSED = "notice_suppressed"
    SOURCE_SPEAKS_AGAIN = "source_speaks_again"
    SOURCE_WAS_OFF = "source_was_off"
    TOO_FEW_TO_MATTER = "too_few_to_matter"


def record_decision(
    *,
    organisation_id: str,
    kind: DecisionKind,
    incident: Incident | None,
    body: dict[str, object],
) -> DecisionRecord:
    """Append to the company's chain. Call inside the transaction of the decision."""
    last = DecisionRecord.objects.of(organisation_id).order_by("-sequence").first()
    sequence = last.sequence + 1 if last else 1
    previous = last.hash if last else _FIRST
    row = DecisionRecord(
        organisation_id=organisation_id,
        sequence=sequence,
        at=now(),
        kind=kind.value,
        incident=incident,
        body=body,
        previous_hash=previous,
    )
    row.hash = _hash(row)
    row.save(force_insert=True)
    return row


def silenced_counts() -> Counter[str]:
    """What silenced findings (`held`, `exception:<id>`) → how many, over all companies."""
    records = DecisionRecord.objects.across_all(reason="an exception may be a whole firm's")
    counts: Counter[str] = Counter()
    for body in records.filter(kind=DecisionKind.FINDING_SILENCED).values_list("body", flat=True):
        counts[body["silenced_by"]] += body["findings"]
    return counts


def broken_at(organisation_id: str) -> int | None:
    """The first sequence number at which the company's chain does not hold; None when it does."""
    previous, expected = _FIRST, 1
    for row in DecisionRecord.objects.of(organisation_id).order_by("sequence"):
        if row.sequence != expected or row.previous_hash != previous or row.hash != _hash(row):
            return expected
        previous, expected = row.hash, expected + 1
    return None


def _hash(row: DecisionRecord) -> str:
    content = {
        "organisation": row.organisation_id,
        "sequence": row.sequence,
        "at": _second(row.at),
        "kind": row.kind,
        "incident": row.incident_id,
        "body": row.body,
        "previous": row.previous_hash,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
