"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and how they sign in."""

    name = "hinomi.portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Import for their `@receiver` effect."""
        from hinomi.portal.accounts import second_factor, trail  # noqa: F401
