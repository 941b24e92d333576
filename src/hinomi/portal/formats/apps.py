"""Names the app, and tells the directory and the sources which formats were taught."""

from __future__ import annotations

from django.apps import AppConfig


class FormatsConfig(AppConfig):
    """Formats of devices that publish none, taught from their own lines."""

    name = "hinomi.portal.formats"
    label = "formats"

    def ready(self) -> None:
        """The directory is published and kinds are checked further down, by `sources`."""
        from hinomi.portal.formats import told
        from hinomi.portal.sources.kinds import LEARNED
        from hinomi.portal.sources.publication import PARTS

        PARTS["learned"] = told.all_learned
        if told.may_use not in LEARNED:
            LEARNED.append(told.may_use)
