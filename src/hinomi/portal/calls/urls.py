"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.calls import views

_CALL = "calls/first/<str:call_id>/"

urlpatterns = [
    path("calls/first/", views.first_call, name="first_call"),
    path("calls/first/find/", views.find, name="first_call_find"),
    path("calls/first/unknown/", views.note_unknown, name="first_call_unknown"),
    path("calls/first/with/<str:organisation_id>/", views.begin, name="first_call_begin"),
    path(_CALL, views.call, name="call"),
    path(f"{_CALL}save/", views.save, name="call_save"),
    path(f"{_CALL}promise/", views.promise, name="call_promise"),
    path(f"{_CALL}finish/", views.finish, name="call_finish"),
    path(f"{_CALL}watchword/", views.call_watchword, name="call_watchword"),
]
