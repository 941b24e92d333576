"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """相談: questions and calls for help, each with a promised time of reply."""

    name = "hinomi.portal.tickets"
    label = "tickets"
