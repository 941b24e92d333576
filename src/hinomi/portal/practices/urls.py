"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.practices import exercise_views as exercises
from hinomi.portal.practices import seat_views as seat

_COMPANY = "companies/<str:organisation_id>/exercise/"

urlpatterns = [
    path(_COMPANY, exercises.exercise, name="exercise"),
    path(f"{_COMPANY}start/", exercises.exercise_start, name="exercise_start"),
    path(f"{_COMPANY}end/", exercises.exercise_end, name="exercise_end"),
    path(f"{_COMPANY}received/", exercises.exercise_received, name="exercise_received"),
    path(f"{_COMPANY}told/", exercises.exercise_told, name="exercise_told"),
    path(f"{_COMPANY}agree/", exercises.exercise_agree, name="exercise_agree"),
    path("exercise/<str:secret>/", exercises.exercise_answer, name="exercise_answer"),
    path("practice/", seat.practice_seat, name="practice_seat"),
    path("practice/begin/", seat.practice_begin, name="practice_begin"),
    path("practice/runs/<str:run_id>/", seat.practice_run, name="practice_run"),
    path("practice/people/", seat.practice_people, name="practice_people"),
    path("practice/levels/", seat.practice_level, name="practice_level"),
]
