"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.ui import views

urlpatterns = [path("_patterns/", views.patterns, name="patterns")]
