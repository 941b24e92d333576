"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.ways import desk, reports, views

_ONE = "ways/<str:way_id>/"

urlpatterns = [
    path("ways/", views.ways, name="ways"),
    path("ways/new/", views.new, name="way_new"),
    path("ways/reports/<str:way_id>/", reports.report, name="way_report"),
    path("ways/letters/", desk.letters, name="way_letters"),
    path("ways/letters/<int:postal_id>/", desk.letter, name="way_letter"),
    path("ways/letters/<int:postal_id>/posted/", desk.posted, name="way_letter_posted"),
    path(_ONE, views.way, name="way"),
    path(f"{_ONE}settings/", views.settings, name="way_settings"),
    path(f"{_ONE}try/", views.try_it, name="way_try"),
    path(f"{_ONE}pause/", views.pause, name="way_pause"),
    path(f"{_ONE}resume/", views.resume, name="way_resume"),
    path(f"{_ONE}remove/", views.remove, name="way_remove"),
    path(f"{_ONE}take-back/", views.take_back, name="way_take_back"),
]
