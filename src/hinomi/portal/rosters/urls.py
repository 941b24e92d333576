"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.rosters import views

urlpatterns = [
    path("rosters/", views.rosters, name="rosters"),
    path("rosters/template.xlsx", views.template_xlsx, name="roster_template"),
    path("rosters/<str:roster_id>/", views.roster, name="roster"),
    path("rosters/<str:roster_id>/columns/", views.columns, name="roster_columns"),
    path("rosters/<str:roster_id>/take/", views.take, name="roster_take"),
    path("rosters/<str:roster_id>/drop/", views.drop, name="roster_drop"),
    path("rosters/<str:roster_id>/faults.csv", views.faults, name="roster_faults"),
]
