"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.escalations.views import keys, staff, taps

urlpatterns = [
    path("calls/keys/<str:secret>/", keys.key, name="call_key"),
    path("k/<str:secret>/", taps.tap, name="tap"),
    path("escalations/", staff.escalations, name="escalations"),
    path("escalations/<str:number>/", staff.escalation, name="escalation"),
]
