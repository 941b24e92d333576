"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """当番: who of a firm is on duty when, hand-overs, booked promises, and what holds at night."""

    name = "hinomi.portal.duties"
    label = "duties"

    def ready(self) -> None:
        """Consents are kept further down: tell them which partners they let in and shut out."""
        from hinomi.portal.consents import services
        from hinomi.portal.duties.partners import follow_consent

        if follow_consent not in services.FOLLOWERS:
            services.FOLLOWERS.append(follow_consent)
