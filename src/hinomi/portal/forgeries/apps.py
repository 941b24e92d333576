"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class ForgeriesConfig(AppConfig):
    """Trust in our words: is this message genuine, and warning all customers of a fake."""

    name = "hinomi.portal.forgeries"
    label = "forgeries"
