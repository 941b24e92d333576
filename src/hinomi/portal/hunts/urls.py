"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.hunts import views

urlpatterns = [
    path("hunts/", views.hunts, name="hunts"),
    path("hunts/<str:hunt_id>/", views.hunt, name="hunt"),
    path("hunts/<str:hunt_id>/stop/", views.stop, name="hunt_stop"),
    path("hunts/<str:hunt_id>/resume/", views.resume, name="hunt_resume"),
]
