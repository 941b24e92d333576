"""Names the app, and puts what people taught about mails into the directory."""

from __future__ import annotations

from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    """Mailboxes of a firm, whose mails hinomi sorts by company."""

    name = "hinomi.portal.mailboxes"
    label = "mailboxes"

    def ready(self) -> None:
        """The directory is published further down, by `sources`."""
        from hinomi.portal.mailboxes import told
        from hinomi.portal.sources.publication import PARTS

        PARTS.update(
            mailboxes=told.all_mailboxes,
            mail_senders=told.all_senders,
            mail_routes=told.all_routes,
        )
