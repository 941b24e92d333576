"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.forgeries import views

urlpatterns = [
    path("genuine/", views.genuine, name="genuine"),
    path("suspicious/", views.report, name="forgery_report"),
    path("forgeries/", views.forgeries, name="forgeries"),
    path("forgeries/genuine/", views.judge_genuine, name="forgery_genuine"),
    path("forgeries/warn/", views.warn, name="forgery_warn"),
    path("forgeries/undo/", views.undo, name="forgery_undo"),
]
