"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    """Escalation: what is due until a person answers, and the proof that it ran."""

    name = "hinomi.portal.escalations"
    label = "escalations"
