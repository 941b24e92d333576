"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    """Consent to watch: what holds for each company, its history, and its papers."""

    name = "hinomi.portal.consents"
    label = "consents"
