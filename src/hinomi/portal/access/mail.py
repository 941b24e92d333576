"""The one way out for mail: the bell's notices and Django's mails about accounts share it, so that
TLS, time limits and who we say we are hold for both."""

from __future__ import annotations

from email.utils import make_msgid
from typing import TYPE_CHECKING

from django.core.mail.backends.base import BaseEmailBackend

from hinomi.portal.access.time import configuration, now
from hinomi.respond.channels.channel import ChannelError
from hinomi.respond.channels.mail import Mail, MailServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.mail import EmailMessage


def mail_channel() -> Mail | None:
    """Mail through HINOMI_SMTP; None while it is not set."""
    config = configuration()
    if config.smtp is None:
        return None
    server = MailServer(
        host=config.smtp.host,
        port=config.smtp.port,
        use_tls=config.smtp.use_tls,
        user=config.smtp.user,
        password=config.smtp.password,
    )
    return Mail(server=server, sender=config.mail_from, sent_at=now(), reply_to=config.reply_to)


class ChannelBackend(BaseEmailBackend):
    """Django's mails through `mail_channel`; without a mail server nothing is sent."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many mails the server took. Raises ChannelError unless `fail_silently`."""
        channel = mail_channel()
        if channel is None:
            return 0
        taken = 0
        for message in email_messages:
            # Django would ask the resolver for the name to put there, see Mail.domain.
            message.extra_headers.setdefault("Message-ID", make_msgid(domain=channel.domain))
            try:
                for person in message.recipients():
                    channel.hand_over(message.message(), to=person)
            except ChannelError:
                if not self.fail_silently:
                    raise
            else:
                taken += 1
        return taken
