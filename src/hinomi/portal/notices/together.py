"""What waits for the same one of our people by the same way leaves as one message.

A storm asks the chief to ring hundreds of companies: hundreds of calls and mails would hide each
other. Each step keeps its own row, so that an answer still takes back the one that it concerns;
what goes out is said once, with everything that differs from message to message.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.notices.models import FirmNotice, NoticeState
from hinomi.respond.channels.mail import as_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.portal.notices.trays import Letter
    from hinomi.respond.channels.channel import Message

MOST = 50  # in one message; a mail of five hundred lines is read by nobody


def beside(notice: Letter) -> list[FirmNotice]:
    """What may leave with it: only steps of ladders, which are all alike; oldest first."""
    if not isinstance(notice, FirmNotice) or not notice.step:
        return []
    rows = FirmNotice.objects.of_firm(notice.firm_id).filter(
        state=NoticeState.QUEUED, channel=notice.channel, to=notice.to, due_at__lte=now()
    )
    others = rows.exclude(step="").exclude(pk=notice.pk)
    return list(others.order_by("due_at", "pk")[: MOST - 1])


def as_one(message: Message, others: Sequence[Letter]) -> Message:
    """The message with what the others say."""
    if not others:
        return message
    more = f"（ほか{len(others)}件）"
    bodies = [message.body_text, *(each.body_text for each in others)]
    body = _told_once(bodies)
    return dataclasses.replace(
        message,
        subject=message.subject + more,
        body_text=body,
        body_html=as_html(body) if message.body_html is not None else None,
        text_short=message.text_short[: 70 - len(more)] + more,
        spoken=f"{message.spoken}。ほかに{len(others)}件、同じお知らせがあります",
    )


def _told_once(bodies: Sequence[str]) -> str:
    """Lines that all have stand once at the top; of each message follows what it alone says."""
    lines = [[line for line in body.splitlines() if line] for body in bodies]
    common = [line for line in lines[0] if all(line in each for each in lines[1:])]
    own = ["\n".join(line for line in each if line not in common) for each in lines]
    return "\n\n".join([f"{len(bodies)}件あります。", "\n".join(common), *own])
