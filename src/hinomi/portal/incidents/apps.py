"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents (案件) as people see them, with their history and the bell's bookkeeping."""

    name = "hinomi.portal.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Hand-overs are kept further down: tell them what is open and what is silent."""
        from hinomi.portal.duties.handovers import SECTIONS
        from hinomi.portal.incidents.handover import open_cases, silent_sources

        SECTIONS.extend(each for each in (open_cases, silent_sources) if each not in SECTIONS)
