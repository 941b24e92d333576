"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.knowledge import views

urlpatterns = [
    path("answers/", views.answers, name="answers"),
    path("answers/<slug:article>/", views.answer, name="answer_to"),
    path("answers/<slug:article>/helped/", views.helped, name="answer_helped"),
]
