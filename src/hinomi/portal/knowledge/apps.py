"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Plain answers: articles in plain words, for the desk and for customers."""

    name = "hinomi.portal.knowledge"
    label = "knowledge"
