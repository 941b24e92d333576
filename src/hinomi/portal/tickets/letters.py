"""Our mails about a ticket: to the person who asked, in a thread their answer finds back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration
from hinomi.portal.notices.services import Letter, Recipient, queue_for, recipients_of
from hinomi.portal.tickets.models import Side, TicketMessage
from hinomi.portal.tickets.tokens import mark
from hinomi.respond.channels.mail import as_html

if TYPE_CHECKING:
    from hinomi.portal.tickets.models import Ticket

_CLOSING = "こちらからパスワードや暗証番号は聞きません。"


def send_reply(ticket: Ticket, message: TicketMessage) -> int:
    """Put what we said into the outbox; returns how many mails. Call inside the transaction."""
    body = f"{message.text}\n\n{_about(ticket)}"
    return _send(ticket, reason=f"ticket:{message.pk}", title="への返事", body=body)


def send_receipt(ticket: Ticket) -> int:
    """Tell somebody who asked by mail that it arrived, once. Never an answer to a machine."""
    body = f"メールを受け取りました。担当者が読んで、このメールに返事をします。\n\n{_about(ticket)}"
    return _send(ticket, reason="ticket:received", title="を受け付けました", body=body)


def readers(ticket: Ticket) -> list[Recipient]:
    """Those of the company who wrote in the ticket; its owner's people when nobody did."""
    members = recipients_of(ticket.organisation_id)
    wrote = set(
        TicketMessage.objects.of(ticket.organisation_id)
        .filter(ticket=ticket, side=Side.CUSTOMER, author__isnull=False)
        .values_list("author_id", flat=True)
    )
    wanted = wrote | ({ticket.opened_by_id} if ticket.opened_by_id else set())
    return [each for each in members if each.user_id in wanted] or members


def _send(ticket: Ticket, *, reason: str, title: str, body: str) -> int:
    """One letter each: the mark in the subject is the reader's own."""
    written = 0
    for reader in readers(ticket):
        if reader.user_id is None:
            continue
        name = configuration().service_name
        letter = Letter(
            incident_number=ticket.number,
            reason=reason,
            subject=f"【{name}】「{ticket.subject}」{title} "
            f"{mark(ticket.number, user_id=reader.user_id)}",
            body_text=body,
            body_html=as_html(body),
            answers=_mails_of(ticket, reader.user_id),
        )
        written += queue_for(
            organisation_id=ticket.organisation_id, letter=letter, recipients=[reader]
        )
    return written


def _mails_of(ticket: Ticket, user_id: int) -> tuple[str, ...]:
    """The person's own mails in the ticket, oldest first: ours answer them."""
    rows = TicketMessage.objects.of(ticket.organisation_id).filter(ticket=ticket, author=user_id)
    mails = rows.exclude(mail_id="").order_by("at", "pk")
    return tuple(mails.values_list("mail_id", flat=True))


def _about(ticket: Ticket) -> str:
    page = address_of(reverse("consultation", args=[ticket.number]))
    lines = [
        "このメールに返事をすると、同じ相談に届きます。件名は変えないでください。",
        *([f"相談の画面（ログインして開きます）\n{page}"] if page else []),
        f"受付番号 {ticket.number}",
        _CLOSING,
    ]
    return "\n".join(lines)
