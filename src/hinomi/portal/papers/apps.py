"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Papers and clocks: legal deadlines, reports, forms and evidence."""

    name = "hinomi.portal.papers"
    label = "papers"
