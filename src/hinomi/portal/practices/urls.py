"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.practices import exercise_views as exercises

_COMPANY = "companies/<str:organisation_id>/exercise/"

urlpatterns = [
    path(_COMPANY, exercises.exercise, name="exercise"),
    path(f"{_COMPANY}start/", exercises.exercise_start, name="exercise_start"),
    path(f"{_COMPANY}end/", exercises.exercise_end, name="exercise_end"),
    path(f"{_COMPANY}received/", exercises.exercise_received, name="exercise_received"),
    path(f"{_COMPANY}told/", exercises.exercise_told, name="exercise_told"),
    path(f"{_COMPANY}agree/", exercises.exercise_agree, name="exercise_agree"),
    path("exercise/<str:secret>/", exercises.exercise_answer, name="exercise_answer"),
]
