"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.indicators import views

urlpatterns = [
    path("indicators/", views.indicators, name="indicators"),
    path("indicators/allow/", views.indicator_allow, name="indicator_allow"),
]
