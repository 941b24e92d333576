"""Registers the check that every view declares its permission, and guards the audit trail."""

from __future__ import annotations

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    """The lowest app: everything above leans on it."""

    name = "hinomi.portal.access"
    label = "access"

    def ready(self) -> None:
        """Import for its `@register` effect, and lay the trail's guards after every migration."""
        from hinomi.portal.access import checks  # noqa: F401

        post_migrate.connect(_lay_guards, sender=self)


def _lay_guards(*, using: str, **_: object) -> None:
    from hinomi.portal.access.sealing import seal

    seal(connections[using])
