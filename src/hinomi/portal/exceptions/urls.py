"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.exceptions import views

urlpatterns = [
    path("exceptions/", views.exceptions, name="exceptions"),
    path("exceptions/review/", views.review_exception, name="review_exception"),
]
