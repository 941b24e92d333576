"""What a person wrote to a customer, as the page, the lists and the mail read it.

Sent words stand while the incident is still what they were written for; a heavier case, a new
level or the all-clear speaks with its own words again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hinomi.core.words import ActionLevel, IncidentState
from hinomi.portal.incidents.models import CustomerWords, WordsKind
from hinomi.respond.text import Button, CustomerText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident

LINES = ("what", "steps", "donts", "risk", "done", "next")
ONE_LINE = ("title", "sms")
_WRITTEN = (WordsKind.NOTICE, WordsKind.CORRECTION)


def basis_of(incident: Incident) -> str:
    """What words are written for: the case, how urgent, and whether it is the all-clear."""
    phase = "release" if incident.state == IncidentState.RECOVERING else "case"
    return f"{incident.kind}:{incident.level}:{phase}"


def composed(incidents: Iterable[Incident], *, until: datetime) -> Mapping[int, CustomerText]:
    """The written text of each incident that has one, by row id; one query for all."""
    listed = {row.pk: row for row in incidents}
    rows = CustomerWords.objects.across_all(reason="of incidents already read in a scope")
    rows = rows.filter(incident__in=list(listed), kind__in=_WRITTEN, sent_at__lte=until)
    last = {row.incident_id: row for row in rows.order_by("version")}
    return {
        pk: text_from(row.blocks) for pk, row in last.items() if row.basis == basis_of(listed[pk])
    }


def blocks_of(text: CustomerText) -> dict[str, Any]:
    """The text as JSON."""
    return asdict(text) | {"level": text.level.value}


def text_from(blocks: Mapping[str, Any]) -> CustomerText:
    """The text again, word for word."""
    lines = {name: tuple(blocks[name]) for name in LINES}
    buttons = tuple(Button(**each) for each in blocks["buttons"])
    level = ActionLevel(blocks["level"])
    return CustomerText(**{**blocks, **lines, "buttons": buttons, "level": level})


def edited(text: CustomerText, changes: Mapping[str, Any]) -> CustomerText:
    """The text with a person's words in it. Level, buttons, phone, number and the closing line
    are not a person's to write."""
    body = blocks_of(text)
    body |= {name: tuple(changes[name]) for name in LINES if name in changes}
    body |= {name: str(changes[name]) for name in ONE_LINE if name in changes}
    return text_from(body)
