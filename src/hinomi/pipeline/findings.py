"""What detection found becomes a Finding: with its evidence, its slots and a stable id.

The one place where detect's words turn into core's; scan, the worker and the hunt all use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.findings import LATE_AFTER, Evidence, Finding, finding_id
from hinomi.core.records import Event
from hinomi.core.words import ActionLevel, Certainty
from hinomi.detect.found import Found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.detect import Match

EVIDENCE_BYTES = 64 * 1024
EARLIER_EVENTS = 9  # besides the one that completed it
_SLOT_LENGTH = 200
_SAYS_NOTHING = ("", "-", "N/A", "n/a")


@dataclass(frozen=True, slots=True)
class Versions:
    """What knew it, kept with each finding: "why did it say so?" has an answer years later."""

    rule_pack: str = ""
    directory_generation: int = 0
    indicators: str = ""


def make_finding(
    *, match: Match, event: Event, versions: Versions, aliases: Mapping[str, str]
) -> Finding:
    """A plain rule's match: found on this one event."""
    found = Found(teller=match.rule, event=event, why=match.why, key=event.event_id)
    return make_found(found=found, versions=versions, aliases=aliases)


def make_found(*, found: Found, versions: Versions, aliases: Mapping[str, str]) -> Finding:
    """`aliases` are the event's shape's: a slot may name Sigma's generic field (`src_ip`).

    A slot `device` replaces the event's own: what a firewall reports is about a PC behind it.
    """
    teller, handling, event = found.teller, found.teller.handling, found.event
    slots = _slots(handling.slots, found=found, aliases=aliases) | dict(found.slots)
    return Finding(
        id=finding_id(rule_id=teller.id, event_id=found.key),
        organisation=event.organisation,
        source=event.source,
        rule_id=teller.id,
        rule_title=teller.title,
        level=teller.level,
        event_time=event.event_time,
        receive_time=event.receive_time,
        device=slots.pop("device", "") or event.device,
        user=event.user,
        case=handling.case,
        disposition=event.disposition,
        tags=tuple(teller.tags),
        why=found.why,
        evidence=_all_evidence(found),
        slots=slots,
        late=event.receive_time - event.event_time > LATE_AFTER,
        rule_pack=versions.rule_pack,
        directory_generation=versions.directory_generation,
        certainty=Certainty(handling.certainty) if handling.certainty else None,
        action=ActionLevel(handling.action) if handling.action else None,
        group_by=handling.group_by,
        rule_title_ja=handling.title_ja,
        indicators=versions.indicators,
    )


def event_behind(finding: Finding, shape: str) -> Event:
    """The event of a hit that must be counted later, as far as its evidence has it."""
    evidence = finding.evidence[-1]
    return Event(
        event_id=evidence.event_id,
        organisation=finding.organisation,
        source=finding.source,
        shape=shape,
        device=finding.device,
        event_time=finding.event_time,
        receive_time=finding.receive_time,
        fields=evidence.fields,
        raw=evidence.raw,
        user=finding.user,
        disposition=finding.disposition,
    )


def _slots(
    wanted: Mapping[str, str], *, found: Found, aliases: Mapping[str, str]
) -> dict[str, str]:
    """`A|B` takes the first that says something, in the newest event that says it. Only slots that
    are filled are there: a text must know that a value is missing, not print nothing."""
    newest_first = (found.event.fields, *(one.fields for one in reversed(found.earlier)))
    filled = {
        slot: next(
            filter(None, (_first(names.split("|"), each, aliases) for each in newest_first)), ""
        )
        for slot, names in wanted.items()
    }
    return {slot: value[:_SLOT_LENGTH] for slot, value in filled.items() if value}


def _first(names: list[str], fields: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    values = (fields.get(name) or fields.get(aliases.get(name, ""), "") for name in names)
    return next((value for value in values if value not in _SAYS_NOTHING), "")


def _all_evidence(found: Found) -> tuple[Evidence, ...]:
    """Older events first, then the one that completed it; that one may have half of the room."""
    event = found.event
    newest = Evidence(event.event_id, event.event_time, event.fields, event.raw)
    earlier = found.earlier[-EARLIER_EVENTS:]
    if not earlier:
        return (_cut(newest, EVIDENCE_BYTES),)
    share = EVIDENCE_BYTES // 2 // len(earlier)
    return (*(_cut(one, share) for one in earlier), _cut(newest, EVIDENCE_BYTES // 2))


def _cut(event: Evidence, limit: int) -> Evidence:
    """Within so many bytes. Short fields are kept whole and the longest ones cut: a script of a
    megabyte must not push out who ran it."""
    raw = event.raw[: limit // 2]
    room = limit - len(raw)
    kept: dict[str, str] = {}
    for name, value in sorted(event.fields.items(), key=lambda field: len(field[1])):
        size = _size(name) + _size(value)
        if size > room:
            kept[name] = value[: max(0, room - _size(name)) // 4]  # a character is ≤ 4 bytes
            break
        kept[name] = value
        room -= size
    fields = {name: kept[name] for name in event.fields if name in kept}
    return Evidence(event_id=event.event_id, event_time=event.event_time, fields=fields, raw=raw)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
