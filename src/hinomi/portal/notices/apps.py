"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The outbox: every message is a row before it is sent, and every attempt too."""

    name = "hinomi.portal.notices"
    label = "notices"
