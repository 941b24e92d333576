"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.contacts import act_views, views, word_views, yes_views

_COMPANY = "companies/<str:organisation_id>/"
_AT = "contacts/<int:contact_id>/"

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/yes/<str:secret>/", yes_views.contact_yes, name="contact_yes"),
    path(f"{_COMPANY}contacts/", views.company_contacts, name="company_contacts"),
    path(f"{_COMPANY}contacts/new/", views.contact_new, name="contact_new"),
    path(f"{_COMPANY}contacts/move/", views.contact_move, name="contact_move"),
    path(_AT, views.contact, name="contact"),
    path(f"{_AT}addresses/", views.address_new, name="address_new"),
    path(f"{_AT}act/", act_views.contact_act, name="contact_act"),
    path(f"{_AT}vouch/", act_views.contact_vouch, name="contact_vouch"),
    path(f"{_COMPANY}watchword/", word_views.watchword, name="company_watchword"),
    path(f"{_COMPANY}card/", word_views.emergency_card, name="emergency_card"),
]
