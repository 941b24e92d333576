"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.connections import sorting, views

_ONE = "connections/<str:connection_id>/"

urlpatterns = [
    path("connections/", views.connections, name="connections"),
    path("connections/new/", views.new, name="connection_new"),
    path(_ONE, views.connection, name="connection"),
    path(f"{_ONE}settings/", views.settings, name="connection_settings"),
    path(f"{_ONE}try/", views.try_again, name="connection_try"),
    path(f"{_ONE}pause/", views.pause, name="connection_pause"),
    path(f"{_ONE}resume/", views.resume, name="connection_resume"),
    path(f"{_ONE}remove/", views.remove, name="connection_remove"),
    path(f"{_ONE}customers/", sorting.customers, name="connection_customers"),
    path(f"{_ONE}customers/answer/", sorting.answer, name="connection_answer"),
    path(f"{_ONE}customers/forget/", sorting.forget, name="connection_forget"),
]
