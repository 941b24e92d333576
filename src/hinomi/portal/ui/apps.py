"""Registers the templates, styles and template tags."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """No models: looks only."""

    name = "hinomi.portal.ui"
    label = "ui"
