"""Tags that templates of the desk load as `desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from hinomi.portal.incidents.queries.queue import remaining_ja

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.portal.incidents.models import Incident

register = template.Library()


@register.inclusion_tag("incidents/remaining.html")
def remaining(incident: Incident, moment: datetime) -> dict[str, object]:
    """残り時間 in words; what is over stands out by word and weight."""
    due = incident.due_at
    return {
        "words": remaining_ja(due, moment=moment),
        "is_late": due is not None and due < moment,
    }
