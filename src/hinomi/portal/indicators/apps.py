"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Sources of intelligence, what is held, and a person's word that it is bad all the same."""

    name = "hinomi.portal.indicators"
    label = "indicators"
