"""Names the app."""

from __future__ import annotations

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """いま: which promise breaks next over all customers, and who is on duty."""

    name = "hinomi.portal.boards"
    label = "boards"
