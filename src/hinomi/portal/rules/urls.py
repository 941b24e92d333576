"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.rules import views

urlpatterns = [path("rules/coverage/", views.coverage, name="coverage")]
