"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Firms, the companies they serve, memberships and engagements."""

    name = "hinomi.portal.organisations"
    label = "organisations"
