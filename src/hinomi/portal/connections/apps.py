"""Names the app, and puts accounts and what people said about customers into the directory."""

from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """A firm's accounts at the APIs of makers."""

    name = "hinomi.portal.connections"
    label = "connections"

    def ready(self) -> None:
        """The directory is published further down, by `sources`, which also shows what fails."""
        from hinomi.portal.connections import told
        from hinomi.portal.sources.fetching import FETCHED
        from hinomi.portal.sources.publication import PARTS

        PARTS.update(api_accounts=told.all_accounts, api_routes=told.all_routes)
        FETCHED.append(told.trouble_of)
