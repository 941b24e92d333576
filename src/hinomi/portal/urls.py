"""The addresses of the portal: each app brings its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("hinomi.portal.accounts.urls")),
    path("", include("hinomi.portal.incidents.urls")),
    path("", include("hinomi.portal.rosters.urls")),
    path("", include("hinomi.portal.mailboxes.urls")),
    path("", include("hinomi.portal.connections.urls")),
    path("", include("hinomi.portal.installations.urls")),
    path("", include("hinomi.portal.sources.urls")),
    path("", include("hinomi.portal.consents.urls")),
    path("", include("hinomi.portal.notices.urls")),
    path("", include("hinomi.portal.indicators.urls")),
    path("", include("hinomi.portal.rules.urls")),
    path("", include("hinomi.portal.hunts.urls")),
    path("", include("hinomi.portal.formats.urls")),
    path("", include("hinomi.portal.organisations.urls")),
    path("", include("hinomi.portal.ui.urls")),
    path("", include("hinomi.portal.health")),
]

handler500 = "hinomi.portal.ui.views.server_error"
