"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """連絡先: whom a company wants woken, how, when and for what."""

    name = "hinomi.portal.contacts"
    label = "contacts"
