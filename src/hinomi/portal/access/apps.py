"""Registers the check that every view declares its permission."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The lowest app: everything above leans on it."""

    name = "hinomi.portal.access"
    label = "access"

    def ready(self) -> None:
        """Import for its `@register` effect."""
        from hinomi.portal.access import checks  # noqa: F401
