"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class HuntsConfig(AppConfig):
    """What a firm looks for back in time at the companies it serves."""

    name = "hinomi.portal.hunts"
    label = "hunts"
