"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.rejudgings import views

urlpatterns = [
    path("rejudgings/", views.rejudgings, name="rejudgings"),
    path("rejudgings/<int:rejudging_id>/", views.judge, name="rejudging"),
    path("decisions/", views.decisions, name="decisions"),
    path(
        "companies/<str:organisation_id>/decisions/",
        views.company_decisions,
        name="company_decisions",
    ),
]
