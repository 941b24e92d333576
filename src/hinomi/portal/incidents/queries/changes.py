"""What is different now from what a page showed: field by field, for who was overtaken.

A form carries what its page showed. It comes back from a browser, so it is shown to the same person
only, escaped, and decides nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Certainty, IncidentState
from hinomi.portal.incidents.wording import titles_of
from hinomi.portal.ui.visible import visible

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident

_MOST = 4_000
_VALUE_MOST = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what the page showed, and what it is now."""

    field: str
    before: str
    after: str


def snapshot(incident: Incident) -> dict[str, str]:
    """The fields a person decides by, in the words of the page."""
    who = incident.assigned_to
    return {
        "状態": IncidentState(incident.state).inside_ja,
        "担当": visible(who.shown_name) if who else "未割当",
        "緊急度": ActionLevel(incident.level).ja,
        "確かさ": Certainty(incident.certainty).ja,
        "見出し": titles_of([incident])[incident.pk],
        "機器": visible(incident.device) or "なし",
        "検知の数": str(incident.finding_count),
        "まとめた先": incident.merged_into.number if incident.merged_into else "なし",
    }


def seen(incident: Incident) -> str:
    """The snapshot for a hidden field."""
    return json.dumps(snapshot(incident), ensure_ascii=False)


def differences(incident: Incident, shown: str) -> list[Difference]:
    """What changed since; nothing when the form brings nothing that can be read."""
    try:
        before = json.loads(shown[:_MOST])
    except ValueError:
        return []
    if not isinstance(before, dict):
        return []
    return [
        Difference(field, str(before[field])[:_VALUE_MOST], value)
        for field, value in snapshot(incident).items()
        if field in before and str(before[field]) != value
    ]
