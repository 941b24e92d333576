"""Sends mails about accounts beside the request: a known address must not answer more slowly than
an unknown one, and a mail server that is down must not break the sign-in page."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration
from hinomi.respond.channels.channel import ChannelError

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

log = logging.getLogger(__name__)
_senders = ThreadPoolExecutor(max_workers=2, thread_name_prefix="account-mail")


def send_soon(message: EmailMessage) -> None:
    """Returns at once. A code lives for ten minutes, so a failed mail is not tried again: the
    person asks for a new code."""
    _senders.submit(send, message)


def send(message: EmailMessage) -> None:
    """Send now; trouble is logged for the operator, never the address."""
    if configuration().smtp is None:
        log.warning("HINOMI_SMTP is not set: no code reaches anybody; `hinomi user link` does")
    try:
        message.send()
    except ChannelError as error:
        log.error("a mail about signing in was not sent: %s %s", error.message, error.advice)
    except Exception:  # nobody waits for this thread: what is not logged here is lost
        log.exception("a mail about signing in could not be made")
