"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and how they sign in."""

    name = "hinomi.portal.accounts"
    label = "accounts"
