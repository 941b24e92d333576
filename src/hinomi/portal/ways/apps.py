"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class WaysConfig(AppConfig):
    """Ways out: a firm's accounts at carriers of messages, quotas and costs."""

    name = "hinomi.portal.ways"
    label = "ways"
