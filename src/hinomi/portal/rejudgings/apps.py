"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class RejudgingsConfig(AppConfig):
    """Weekly re-judging of what was closed without a person, and the error rate."""

    name = "hinomi.portal.rejudgings"
    label = "rejudgings"
