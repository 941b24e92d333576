"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class HuntsConfig(AppConfig):
    """What a firm looks for back in time at the companies it serves."""

    name = "hinomi.portal.hunts"
    label = "hunts"

    def ready(self) -> None:
        """A customer sees that somebody looked back in time at its records."""
        from hinomi.portal.hunts.looks import looks_of
        from hinomi.portal.trails.looks import SOURCES

        SOURCES.append(looks_of)
