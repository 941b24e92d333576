"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class TrailsConfig(AppConfig):
    """監査: the append-only chained log as a page, and who of the provider looked at a company."""

    name = "hinomi.portal.trails"
    label = "trails"
