"""The addresses of the portal: each app brings its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("hinomi.portal.accounts.urls")),
    path("", include("hinomi.portal.api.urls")),
    path("", include("hinomi.portal.boards.urls")),
    path("", include("hinomi.portal.practices.urls")),
    path("", include("hinomi.portal.rejudgings.urls")),
    path("", include("hinomi.portal.forgeries.urls")),
    path("", include("hinomi.portal.papers.urls")),
    path("", include("hinomi.portal.calls.urls")),
    path("", include("hinomi.portal.tickets.urls")),
    path("", include("hinomi.portal.escalations.urls")),
    path("", include("hinomi.portal.incidents.urls")),
    path("", include("hinomi.portal.rosters.urls")),
    path("", include("hinomi.portal.mailboxes.urls")),
    path("", include("hinomi.portal.connections.urls")),
    path("", include("hinomi.portal.installations.urls")),
    path("", include("hinomi.portal.sources.urls")),
    path("", include("hinomi.portal.consents.urls")),
    path("", include("hinomi.portal.exceptions.urls")),
    path("", include("hinomi.portal.notices.urls")),
    path("", include("hinomi.portal.contacts.urls")),
    path("", include("hinomi.portal.ways.urls")),
    path("", include("hinomi.portal.duties.urls")),
    path("", include("hinomi.portal.knowledge.urls")),
    path("", include("hinomi.portal.trails.urls")),
    path("", include("hinomi.portal.indicators.urls")),
    path("", include("hinomi.portal.rules.urls")),
    path("", include("hinomi.portal.hunts.urls")),
    path("", include("hinomi.portal.formats.urls")),
    path("", include("hinomi.portal.organisations.urls")),
    path("", include("hinomi.portal.ui.urls")),
    path("", include("hinomi.portal.health")),
]

handler500 = "hinomi.portal.ui.views.server_error"
