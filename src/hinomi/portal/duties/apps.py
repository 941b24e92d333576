"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """当番: who of a firm is on duty when, hand-overs, booked promises, and what holds at night."""

    name = "hinomi.portal.duties"
    label = "duties"
