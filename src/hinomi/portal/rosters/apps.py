"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class RostersConfig(AppConfig):
    """Lists of customers that a firm brings in one file."""

    name = "hinomi.portal.rosters"
    label = "rosters"
