"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.sources import key_views, relay_views, reread_views, views, watch_views

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/unknown/", views.unknown_senders, name="unknown_senders"),
    path("sources/<str:source_id>/", views.source, name="source"),
    path("sources/<str:source_id>/setup/", views.source_setup, name="source_setup"),
    path("sources/<str:source_id>/try/", watch_views.source_try, name="source_try"),
    path(
        "sources/<str:source_id>/watching/",
        watch_views.source_watching,
        name="source_watching",
    ),
    path("sources/<str:source_id>/code/", relay_views.relay_code, name="relay_code"),
    path("sources/<str:source_id>/keys/", key_views.source_keys, name="source_keys"),
    path("sources/<str:source_id>/keys/token/", key_views.source_token, name="source_token"),
    path(
        "sources/<str:source_id>/keys/token/end/",
        key_views.source_token_end,
        name="source_token_end",
    ),
    path(
        "sources/<str:source_id>/keys/certificate/remove/",
        key_views.source_certificate_remove,
        name="source_certificate_remove",
    ),
    path("sources/<str:source_id>/reread/", reread_views.source_reread, name="source_reread"),
    path("sources/<str:source_id>/revoke/", views.source_revoke, name="source_revoke"),
    path("relays/enrol/", relay_views.relay_enrol, name="relay_enrol"),
    path("companies/<str:organisation_id>/relays/new/", relay_views.relay_new, name="relay_new"),
    path("companies/<str:organisation_id>/sources/new/", views.source_new, name="source_new"),
    path(
        "companies/<str:organisation_id>/sources/new/<str:sender_id>/",
        views.source_make,
        name="source_make",
    ),
    path("companies/<str:organisation_id>/devices/", views.devices, name="devices"),
    path("companies/<str:organisation_id>/devices/name/", views.device_name, name="device_name"),
]
