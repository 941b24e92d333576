"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.trails import views

urlpatterns = [
    path("trail/", views.trail, name="trail"),
    path("trail/export/", views.trail_export, name="trail_export"),
    path("looks/", views.looks_of_mine, name="looks"),
    path("companies/<str:organisation_id>/looks/", views.company_looks, name="company_looks"),
]
