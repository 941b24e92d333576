"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.tickets import photo_views, views

_ASKED = "consultations/<str:ticket_number>/"

urlpatterns = [
    path("help/", views.help_me, name="help"),
    path("help/<str:ticket_number>/", views.help_received, name="help_received"),
    path("help/<str:ticket_number>/phone/", views.help_phone, name="help_phone"),
    path("consultations/", views.consultations, name="consultations"),
    path(_ASKED, views.consultation, name="consultation"),
    path(f"{_ASKED}solved/", views.consultation_solved, name="consultation_solved"),
    path("photos/<str:file_id>/", photo_views.photo, name="ticket_photo"),
]
