"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.papers import views

_AT = "queue/<str:number>/papers/"

urlpatterns = [
    path(_AT, views.papers, name="papers"),
    path(f"{_AT}recognised/", views.recognise, name="papers_recognise"),
    path(f"{_AT}delivered/", views.deliver, name="papers_deliver"),
]
