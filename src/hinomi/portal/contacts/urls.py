"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.contacts import yes_views

urlpatterns = [
    path("contacts/yes/<str:secret>/", yes_views.contact_yes, name="contact_yes"),
]
