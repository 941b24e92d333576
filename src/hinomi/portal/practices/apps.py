"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class PracticesConfig(AppConfig):
    """練習: marked rehearsal calls, incidents and notices, scored."""

    name = "hinomi.portal.practices"
    label = "practices"
