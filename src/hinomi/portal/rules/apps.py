"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """The rules of the installation, as the provider's staff see them."""

    name = "hinomi.portal.rules"
    label = "rules"
