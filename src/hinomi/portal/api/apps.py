"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The JSON API under /api/v1, in the same scopes as the screens."""

    name = "hinomi.portal.api"
    label = "api"
