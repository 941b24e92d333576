"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.calls import event_views, exchange_views, ring_views, views

_CALL = "calls/first/<str:call_id>/"
_EXCHANGE = "calls/exchanges/<str:exchange_id>/"

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
    path("calls/ringing/<int:ring_id>/take/", ring_views.take, name="ring_take"),
    path("calls/ringing/<int:ring_id>/back/", ring_views.called_back, name="ring_called_back"),
    path("calls/events/<str:exchange_id>/", event_views.event, name="call_events"),
    path("calls/exchanges/", exchange_views.exchanges, name="exchanges"),
    path("calls/exchanges/new/", exchange_views.new, name="exchange_new"),
    path(_EXCHANGE, exchange_views.exchange, name="exchange"),
    path(f"{_EXCHANGE}renew/", exchange_views.renew, name="exchange_renew"),
    path(f"{_EXCHANGE}remove/", exchange_views.remove, name="exchange_remove"),
]
