"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.boards import views

urlpatterns = [path("now/", views.present, name="now")]
