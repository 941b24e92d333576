"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.organisations import views

_CALENDAR = "companies/<str:organisation_id>/calendar/"

urlpatterns = [
    path(_CALENDAR, views.calendar, name="calendar"),
    path(f"{_CALENDAR}days/", views.add_days, name="calendar_add_days"),
    path(f"{_CALENDAR}days/remove/", views.remove_days, name="calendar_remove_days"),
]
