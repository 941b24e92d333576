"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class ExceptionsConfig(AppConfig):
    """What people want left alone, with owner, reason and end."""

    name = "hinomi.portal.exceptions"
    label = "exceptions"
