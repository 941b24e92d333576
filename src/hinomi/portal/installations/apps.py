"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class InstallationsConfig(AppConfig):
    """What stands at the customer's place and who looks after it."""

    name = "hinomi.portal.installations"
    label = "installations"
