"""Tags that templates of the desk load as `desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from hinomi.portal.incidents.queries.queue import remaining_ja

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from hinomi.portal.incidents.models import Incident

register = template.Library()


@register.simple_tag
def remaining(incident: Incident, moment: datetime) -> SafeString:
    """残り時間 as a cell; what is over stands out by word and weight."""
    due = incident.due_at
    late = mark_safe(" data-late") if due is not None and due < moment else ""
    words = remaining_ja(due, moment=moment) or "－"
    return format_html('<td class="nowrap" data-label="残り時間"{}>{}</td>', late, words)
