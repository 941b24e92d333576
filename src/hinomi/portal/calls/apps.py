"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """First call: who rings, what their page shows now, five questions and the next promise."""

    name = "hinomi.portal.calls"
    label = "calls"
