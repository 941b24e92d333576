"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The look: base page, components, tokens, icons."""

    name = "hinomi.portal.ui"
    label = "ui"
