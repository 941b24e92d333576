"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents (案件) as people see them, with their history and the bell's bookkeeping."""

    name = "hinomi.portal.incidents"
    label = "incidents"
