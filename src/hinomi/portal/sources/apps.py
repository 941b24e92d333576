"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """What sends for a company: tokens, ports, addresses, consent, nicknames of devices."""

    name = "hinomi.portal.sources"
    label = "sources"

    def ready(self) -> None:
        """Consents are kept further down: tell them whose sources they stop and start."""
        from hinomi.portal.consents import kinds, services
        from hinomi.portal.sources.consent import kinds_in_use
        from hinomi.portal.sources.publication import publish_if_changed
        from hinomi.portal.sources.services import follow_consent

        if kinds_in_use not in kinds.IN_USE:
            kinds.IN_USE.append(kinds_in_use)
        if publish_if_changed not in services.PUBLISHERS:
            services.PUBLISHERS.append(publish_if_changed)
        if follow_consent not in services.FOLLOWERS:
            services.FOLLOWERS.append(follow_consent)
