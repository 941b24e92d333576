"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """What sends for a company: tokens, ports, addresses, consent, nicknames of devices."""

    name = "hinomi.portal.sources"
    label = "sources"
